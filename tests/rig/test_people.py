"""What follows by itself on the fake GitHub, who may do what there, and what a token lets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from github import GithubException

from tests.fakes.github import merging
from tests.fakes.github.hub import BOT
from tests.fakes.github.site import TOKEN, Site, minutes
from tests.fakes.github.state import Pull, Refused, Rules, Settings
from tests.rig.conftest import PATH, Opened, propose, refuses

# What follows by itself


def test_deleting_its_branch_closes_a_pull_request(site: Site, opened: Opened, pull: Pull) -> None:
    site.hub.delete_ref(f"refs/heads/{pull.head_ref}", "grace")
    assert (pull.state, pull.closed_by) == ("closed", "grace")
    site.hub.token("ghp_grace", "grace", "classic")
    told = "branch has been deleted"
    refuses(lambda: opened("ghp_grace").get_pull(1).edit(state="open"), 422, told)
    site.hub.create_ref(f"refs/heads/{pull.head_ref}", pull.head, "grace")
    site.reopen(pull)
    assert pull.state == "open"


def test_a_force_push_leaves_its_mark_and_a_closed_one_cannot_come_back(site: Site, pull: Pull) -> None:
    other = site.hub.commit_files(site.hub.head(), {PATH: b"gray: 9\n"}, "other", by="grace")
    site.hub.update_ref(f"refs/heads/{pull.head_ref}", other, "grace", force=True)
    assert [event.kind for event in pull.events] == ["head_ref_force_pushed"]
    site.close(pull)
    site.commit({"a": b"b"}, branch=pull.head_ref)
    with pytest.raises(Refused, match="Validation Failed"):
        site.reopen(pull)


def test_a_head_that_reaches_base_any_other_way_is_merged(site: Site, pull: Pull) -> None:
    site.hub.update_ref("refs/heads/main", pull.head, "grace", force=False)
    assert (pull.state, pull.merged_by, pull.merge_commit) == ("closed", "grace", pull.head)


def test_a_push_dismisses_an_approval_where_the_rule_says_so(site: Site, pull: Pull) -> None:
    for dismiss, expected in ((False, "APPROVED"), (True, "REVIEW_REQUIRED")):
        site.hub.rules = Rules(reviews=1, dismiss_stale=dismiss)
        site.approve(pull)
        site.commit({"notes.md": str(dismiss).encode()}, branch=pull.head_ref)
        assert merging.review_decision(site.hub, pull) == expected


def test_the_revert_button_is_a_pull_request_that_undoes_a_merge(site: Site, pull: Pull) -> None:
    for method in ("merge", "squash", "rebase"):
        propose(site, f"promoter/yolo/{method}", b"gray: 50\n")
        made = site.pull(method)
        site.merge(made, method=method)
        back = site.revert(made)
        assert (back.title, back.body) == ('Revert "promote"', f"Reverts factory/yolo#{made.number}")
        assert back.head_ref == f"revert-{made.number}-{made.head_ref}"
        message = site.hub.bare.commit(back.head).message
        assert ("reversing\nchanges made to" in message) == (method == "merge")
        site.merge(back)
        assert site.text(PATH) == "gray: 5\n"


# People


def test_only_those_who_may_close_an_issue(site: Site, opened: Opened) -> None:
    hold = site.hub.new_issue(BOT, "hold", "", ["rollout:hold"])
    for login in ("rita", "mallory"):
        site.hub.settings = Settings(private=False)
        site.hub.token(f"ghp_{login}", login, "classic")
        with pytest.raises(GithubException) as caught:
            opened(f"ghp_{login}").get_issue(hold.number).edit(state="closed")
        assert caught.value.status in {403, 404}
    site.hub.token("ghp_tim", "tim", "classic")
    opened("ghp_tim").get_issue(hold.number).edit(state="closed")
    assert (hold.state, hold.closed_by) == ("closed", "tim")
    assert [(event.kind, event.actor) for event in hold.events] == [("labeled", BOT), ("closed", "tim")]


def test_labels_of_someone_without_triage_are_dropped_without_a_word(site: Site, opened: Opened) -> None:
    site.hub.token("ghp_rita", "rita", "classic")
    opened("ghp_rita").create_issue("hold", labels=["rollout:hold"])
    assert site.holds() == []


def test_nobody_approves_their_own(site: Site, opened: Opened, pull: Pull) -> None:
    def review(token: str) -> object:
        return opened(token).get_pull(1).create_review(body="", event="APPROVE")

    refuses(lambda: review(TOKEN), 422, "Can not approve your own pull request")
    site.hub.token("ghp_grace", "grace", "classic")
    review("ghp_grace")
    assert merging.review_decision(site.hub, pull) == "APPROVED"


def test_the_permission_api_tells_triage_from_read_only_by_the_role(opened: Opened) -> None:
    repo = opened()
    found = {
        login: (answer["permission"], answer["role_name"], answer["user"]["permissions"]["triage"])
        for login in ("ada", "grace", "tim", "rita", "mallory")
        for answer in [
            repo.requester.requestJsonAndCheck("GET", f"{repo.url}/collaborators/{login}/permission")[1]
        ]
    }
    assert found == {
        "ada": ("admin", "admin", True),
        "grace": ("write", "write", True),
        "tim": ("read", "triage", True),
        "rita": ("read", "read", False),
        "mallory": ("none", "none", False),
    }


# Tokens


@pytest.mark.parametrize(
    ("missing", "accepted", "act"),
    [
        ("contents", "contents=write", lambda r: r.create_git_blob("x", "utf-8")),
        ("contents", "contents=write", lambda r: r.get_pull(1).merge()),
        ("pull_requests", "pull_requests=write", lambda r: r.create_pull(base="main", head="x", title="x")),
        ("issues", "issues=write", lambda r: r.create_issue("x")),
        ("statuses", "statuses=write", lambda r: r.get_commit("main").create_status("success")),
    ],
    ids=["write a file", "merge", "propose", "hold", "status"],
)
def test_a_missing_permission_is_a_403_that_names_it(
    site: Site, opened: Opened, pull: Pull, missing: str, accepted: str, act: Callable[[object], object]
) -> None:
    site.hub.token("ghs_less", **{missing: "read"})
    error = refuses(lambda: act(opened("ghs_less")), 403, "Resource not accessible by integration")
    assert (error.headers or {})["x-accepted-github-permissions"] == accepted
    assert not site.github.writes() or site.github.writes()[-1].status == 403


def test_a_wrong_an_expired_and_a_missing_token_are_401(site: Site, opened: Opened) -> None:
    refuses(lambda: opened("ghs_unknown").get_issues().totalCount, 401, "Bad credentials")
    site.hub.tokens[TOKEN].expired = True
    refuses(lambda: opened().create_issue("x"), 401, "Bad credentials")
    site.hub.token("ghs_old").expires = datetime(2020, 1, 1, tzinfo=UTC)
    refuses(lambda: opened("ghs_old").create_issue("x"), 401, "Bad credentials")


def test_an_archived_repository_is_read_only(site: Site, opened: Opened, pull: Pull) -> None:
    site.hub.settings = Settings(archived=True)
    told = "Repository was archived so is read-only."
    refuses(lambda: opened().create_issue("x"), 403, told)
    refuses(lambda: opened().get_pull(1).merge(), 403, told)
    assert opened().get_pull(1).title == "promote"


def test_a_status_is_written_a_thousand_times_and_no_more(site: Site, opened: Opened) -> None:
    site.hub.keep = 0
    sha = site.hub.head()
    for _ in range(1000):
        site.hub.set_status(sha, BOT, state="success", context="c", description="", target=None)
    commit = opened().get_commit(sha)
    refuses(lambda: commit.create_status("success", context="c"), 422, "maximum number of statuses")
    commit.create_status("success", context="another", description="x" * 140)
    long = "x" * 141
    refuses(lambda: commit.create_status("success", context="d", description=long), 422, "too long")


def test_the_rules_of_base_are_told_to_everyone(site: Site, opened: Opened) -> None:
    site.hub.rules = Rules(reviews=1, checks=(("ci", BOT),), merge_queue=True, linear=True, signatures=True)
    repo = opened()
    _, rules = repo.requester.requestJsonAndCheck("GET", f"{repo.url}/rules/branches/main")
    assert [rule["type"] for rule in rules] == [
        "pull_request", "required_status_checks", "merge_queue", "required_signatures", "required_linear_history",
    ]  # fmt: skip
    refuses(
        lambda: repo.requester.requestJsonAndCheck("GET", f"{repo.url}/branches/main/protection"),
        403,
        "Resource not accessible by integration",
    )


def test_its_clock_is_the_tests(site: Site, pull: Pull) -> None:
    site.at += minutes(5)
    site.close(pull)
    assert pull.closed == site.at
    assert pull.closed != pull.at
