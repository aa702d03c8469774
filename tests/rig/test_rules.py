"""The fake GitHub refuses what GitHub refuses, in GitHub's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from github import GithubException

from tests.fakes.github import merging
from tests.fakes.github.hub import ACTIONS, BOT, CI, Knobs
from tests.fakes.github.site import TOKEN, Site
from tests.fakes.github.state import CheckRun, Pull, Refused, Rules, Settings, Thread
from tests.rig.conftest import PATH, Opened, propose, refuses

# Refs


def test_a_ref_is_made_once_and_moved_only_forward(site: Site, opened: Opened) -> None:
    repo, start = opened(), site.hub.head()
    repo.create_git_ref("refs/heads/x", start)
    refuses(lambda: repo.create_git_ref("refs/heads/x", start), 422, "Reference already exists")
    refuses(lambda: repo.create_git_ref("refs/heads/x/y", start), 422, "Reference update failed")
    refuses(lambda: repo.create_git_ref("refs/heads/a..b", start), 422, "not a valid ref name")
    refuses(lambda: repo.create_git_ref("refs/heads/y", "0" * 40), 422, "Object does not exist")
    site.commit({PATH: b"gray: 7\n"}, branch="x")
    refuses(lambda: repo.get_git_ref("heads/x").edit(start), 422, "Update is not a fast forward")
    repo.get_git_ref("heads/x").edit(start, force=True)
    repo.get_git_ref("heads/x").delete()
    refuses(lambda: repo.get_git_ref("heads/x").object.sha, 404, "Not Found")


UPDATE = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"


def update_refs(site: Site, opened: Opened, *updates: dict[str, str]) -> str:
    """What GraphQL said about it, "" where it was done."""
    _, answer = opened().requester.requestJsonAndCheck(
        "POST",
        "/graphql",
        input={"query": UPDATE, "variables": {"input": {"repositoryId": "R_7", "refUpdates": list(updates)}}},
    )
    return str(answer["errors"][0]["message"]) if "errors" in answer else ""


def test_refs_are_compared_and_set_all_or_none(site: Site, opened: Opened) -> None:
    start, zero = site.hub.head(), "0" * 40
    one = {"name": "refs/heads/one", "beforeOid": zero, "afterOid": start}
    two = {"name": "refs/heads/two", "beforeOid": "1" * 40, "afterOid": start}
    assert "expected" in update_refs(site, opened, one, two)
    assert "refs/heads/one" not in site.hub.state.refs
    assert update_refs(site, opened, one) == ""
    assert "expected" in update_refs(site, opened, one)
    assert update_refs(site, opened, {**one, "beforeOid": start, "afterOid": zero}) == ""
    assert "refs/heads/one" not in site.hub.state.refs


def test_a_protected_base_takes_no_push(site: Site, opened: Opened) -> None:
    site.hub.rules = Rules(pull_request=True)
    made = site.hub.commit_files(site.hub.head(), {PATH: b"gray: 9\n"}, "x", by=BOT)
    base = opened().get_git_ref("heads/main")
    refuses(lambda: base.edit(made), 422, "Changes must be made through a pull request.")
    site.hub.rules = Rules()
    base.edit(made)
    assert site.hub.head() == made


# Opening


def test_one_open_pull_request_for_a_branch(site: Site, opened: Opened, pull: Pull) -> None:
    repo = opened()

    def again() -> object:
        return repo.create_pull(base="main", head=pull.head_ref, title="x", body="")

    refuses(again, 422, f"A pull request already exists for factory:{pull.head_ref}.")
    site.close(pull)
    again()
    assert len(site.pulls()) == 2


def test_a_pull_request_needs_a_branch_commits_and_a_body_that_fits(site: Site, opened: Opened) -> None:
    repo = opened()
    repo.create_git_ref("refs/heads/same", site.hub.head())
    refuses(lambda: repo.create_pull(base="main", head="none", title="x", body=""), 422, "head")
    refuses(lambda: repo.create_pull(base="main", head="same", title="x", body=""), 422, "No commits between")
    site.commit({PATH: b"gray: 7\n"}, branch="same")
    long = "x" * 65_537
    refuses(lambda: repo.create_pull(base="main", head="same", title="x", body=long), 422, "body is too long")
    repo.create_pull(base="main", head="same", title="x", body=long[1:])
    refuses(lambda: repo.create_issue("x", body=long), 422, "body is too long")


def test_actions_proposes_only_where_the_setting_lets_it(site: Site, opened: Opened) -> None:
    site.hub.token("ghs_actions", ACTIONS, "actions")
    site.hub.settings = Settings(actions_may_propose=False)
    opened().create_git_ref("refs/heads/x", site.hub.head())
    site.commit({PATH: b"gray: 7\n"}, branch="x")

    def create(token: str) -> object:
        return opened(token).create_pull(base="main", head="x", title="x", body="")

    refuses(lambda: create("ghs_actions"), 403, "GitHub Actions is not permitted to create or approve pull")
    create(TOKEN)


# Merging


def test_the_three_ways_to_merge(site: Site, opened: Opened) -> None:
    bare = site.hub.bare
    for number, method in enumerate(("merge", "squash", "rebase"), start=1):
        before = site.hub.head()
        propose(site, f"promoter/yolo/{method}", f"gray: {number}\n".encode())
        pull = site.pull()
        made = opened().get_pull(pull.number).merge(sha=pull.head, merge_method=method, commit_title="Title")
        commit = bare.commit(made.sha)
        assert site.hub.head() == made.sha
        assert commit.parents == ((before, pull.head) if method == "merge" else (before,))
        assert site.text(PATH) == f"gray: {number}\n"
        assert pull.merged
        assert commit.signed == (method != "rebase")
        assert commit.message.startswith("promote" if method == "rebase" else "Title")


def test_only_the_verified_head_is_merged(site: Site, opened: Opened, pull: Pull) -> None:
    old = pull.head
    site.commit({"notes.md": b"x"}, branch=pull.head_ref)
    assert (pull.head != old, pull.pusher) == (True, "grace")
    refuses(lambda: opened().get_pull(1).merge(sha=old), 409, "Head branch was modified")
    assert site.text(PATH) == "gray: 5\n"


def _draft(site: Site, pull: Pull) -> str:
    site.hub.set_draft(pull, BOT, draft=True)
    return "still a draft"


def _closed(site: Site, pull: Pull) -> str:
    site.close(pull)
    return "not mergeable"


def _conflict(site: Site, pull: Pull) -> str:
    site.commit({PATH: b"gray: 6\n"})
    return "not mergeable"


def _method(site: Site, pull: Pull) -> str:
    site.hub.settings = Settings(methods=("squash",))
    return "Merge commits are not allowed on this repository."


def _reviews(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(reviews=1)
    return "At least 1 approving review is required by reviewers with write access."


def _readers_review(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(reviews=1, ruleset=False)
    site.approve(pull, "rita")
    return "At least 1 approving review"


def _changes(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(pull_request=True)
    site.hub.review(pull, "grace", "CHANGES_REQUESTED")
    return "Changes have been requested"


def _conversation(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(conversations=True)
    pull.threads.append(Thread(1, PATH))
    return "A conversation must be resolved"


def _expected(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(checks=(("ci", None),))
    return 'ci\\" is expected'


def _pending(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(checks=(("ci", None),))
    site.hub.state.checks[pull.head] = [CheckRun(1, "ci", "in_progress", None, site.at)]
    return 'ci\\" is in progress'


def _failing(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(checks=(("ci", None),))
    site.hub.state.checks[pull.head] = [CheckRun(1, "ci", "completed", "failure", site.at)]
    return 'ci\\" is failing'


def _from_another(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(checks=(("rollout/health", BOT),))
    site.hub.set_status(pull.head, CI, state="success", context="rollout/health", description="", target=None)
    return 'rollout/health\\" is expected'


def _behind(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(strict=True)
    site.commit({"README.md": b"x"})
    return "must not be out-of-date"


def _queue(site: Site, pull: Pull) -> str:
    site.hub.rules = Rules(merge_queue=True)
    return "Changes must be made through the merge queue"


@pytest.mark.parametrize(
    "case",
    [
        _draft, _closed, _conflict, _method, _reviews, _readers_review, _changes, _conversation, _expected,
        _pending, _failing, _from_another, _behind, _queue,
    ],
)  # fmt: skip
def test_what_the_rules_forbid_is_a_405(
    site: Site, opened: Opened, pull: Pull, case: Callable[[Site, Pull], str]
) -> None:
    told = case(site, pull)
    before = site.hub.head()
    with pytest.raises(GithubException) as caught:
        opened().get_pull(1).merge(sha=pull.head)
    assert caught.value.status == 405
    assert told.replace("\\", "") in str(caught.value.data["message"])
    assert site.hub.head() == before
    assert not pull.merged


def test_what_the_rules_ask_for_lets_it_through(site: Site, opened: Opened, pull: Pull) -> None:
    site.hub.rules = Rules(reviews=1, checks=(("ci", None), ("rollout/health", BOT)), strict=True)
    site.approve(pull)
    site.hub.state.checks[pull.head] = [CheckRun(1, "ci", "completed", "success", site.at)]
    site.hub.set_status(
        pull.head, BOT, state="success", context="rollout/health", description="", target=None
    )
    assert opened().get_pull(1).merge(sha=pull.head).merged


def test_who_may_bypass_the_rules_does(site: Site, opened: Opened, pull: Pull) -> None:
    site.hub.rules = Rules(reviews=2, bypass=frozenset({"ada"}))
    refuses(lambda: opened().get_pull(1).merge(), 405, "2 approving reviews are required")
    site.merge(pull, "ada")


def test_mergeability_is_unknown_for_a_while(site: Site, opened: Opened, pull: Pull) -> None:
    site.hub.knobs = Knobs(mergeable_null=2)
    seen = [(p.mergeable, p.mergeable_state) for p in (opened().get_pull(1) for _ in range(3)) if p.title]
    assert seen == [(None, "unknown"), (None, "unknown"), (True, "clean")]
    site.commit({PATH: b"gray: 6\n"})  # base moved: it is computed anew
    assert opened().get_pull(1).mergeable is None


def test_the_merge_queue_merges_what_passed_on_its_own_commit_and_throws_out_what_conflicts(
    site: Site,
) -> None:
    site.hub.rules = Rules(merge_queue=True, checks=(("ci", None),))
    for name in ("a", "b"):
        propose(site, f"promoter/{name}/x", f"gray: {ord(name)}\n".encode())
    first, second = sorted(site.pulls(), key=lambda pull: pull.number)
    with pytest.raises(Refused, match="is expected"):
        merging.enqueue(site.hub, first, BOT)
    for pull in (first, second):
        site.hub.state.checks[pull.head] = [CheckRun(1, "ci", "completed", "success", site.at)]
        merging.enqueue(site.hub, pull, BOT, pull.head)
    assert (first.queued is not None, second.queued) == (True, None)  # the other one conflicts with the first
    assert merging.run_queue(site.hub) == []  # what passed on its head says nothing of the group's commit
    group = merging.build_groups(site.hub)[first.number]
    site.hub.state.checks[group] = [CheckRun(2, "ci", "completed", "success", site.at)]
    assert merging.run_queue(site.hub) == [1]
    assert site.hub.head() == group
    assert not [ref for ref in site.hub.state.refs if "gh-readonly-queue" in ref]
    assert (first.merged is not None, second.merged, second.queued) == (True, None, None)


def test_the_merge_queue_throws_out_what_fails_and_builds_the_next_one_anew(site: Site) -> None:
    site.hub.rules = Rules(merge_queue=True, checks=(("ci", None),))
    propose(site, "promoter/a/x", b"gray: 20\n")
    site.hub.create_ref("refs/heads/words", site.hub.head(), "grace")
    site.commit({"NOTES.md": b"Words.\n"}, branch="words")
    first, second = site.pull("promoter/a"), site.hub.open_pull("grace", head="words", title="words")
    for pull in (first, second):
        site.hub.state.checks[pull.head] = [CheckRun(1, "ci", "completed", "success", site.at)]
        merging.enqueue(site.hub, pull, "grace", pull.head)
    groups = merging.build_groups(site.hub)
    assert site.hub.bare.contains(groups[second.number], groups[first.number])
    site.hub.state.checks[groups[first.number]] = [CheckRun(2, "ci", "completed", "failure", site.at)]
    assert merging.run_queue(site.hub) == []
    assert first.queued is None
    (anew,) = merging.build_groups(site.hub).values()
    assert anew != groups[second.number]
    assert not site.hub.bare.contains(anew, first.head)


def test_a_push_takes_a_pull_request_out_of_the_queue(site: Site) -> None:
    site.hub.rules = Rules(merge_queue=True)
    propose(site, "promoter/a/x", b"gray: 20\n")
    pull = site.pull("promoter/a")
    merging.enqueue(site.hub, pull, "grace", pull.head)
    site.commit({PATH: b"gray: 50\n"}, branch="promoter/a/x")
    assert pull.queued is None
