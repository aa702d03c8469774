from __future__ import annotations

from collections.abc import Callable

import pytest

from promoter.core.proposals import Health, ProposalState, ProposalView
from promoter.errors import ForgeError
from promoter.forge.github import merging
from promoter.forge.github.connect import connect
from promoter.forge.protocol import Merged, NotYet
from tests.contracts.benches import AFTER, BEFORE, PATH
from tests.contracts.github_bench import GitHubBench
from tests.contracts.test_forge import BRANCH, MESSAGE, a_merge, a_new, a_status
from tests.fakes.github import faults
from tests.fakes.github.hub import Knobs
from tests.fakes.github.state import Rules, Settings, Thread

BOT = "promoter-bot[bot]"
HEALTH = ("rollout/health", BOT)


def proposed(bench: GitHubBench) -> ProposalView:
    view = bench.forge().ensure_proposal(a_new(bench))
    bench.forge().ensure_status(view, a_status())
    return view


def merge(bench: GitHubBench, view: ProposalView) -> Merged | NotYet:
    return bench.forge().merge(a_merge(bench, view))


def merges(bench: GitHubBench) -> int:
    return len([request for request in bench.github.log if request.operation == "pulls/merge"])


def test_the_merge_is_made_of_the_verified_head_with_the_bots_words(bench: GitHubBench) -> None:
    done = merge(bench, proposed(bench))
    assert isinstance(done, Merged)
    assert done.note == ""
    made = bench.hub.bare.commit(done.commit)
    assert (made.message.strip(), len(made.parents)) == (MESSAGE.strip(), 2)
    assert bench.head(BRANCH) is None


def test_the_clone_knows_base_after_a_merge_and_the_next_one_builds_on_it(bench: GitHubBench) -> None:
    other = "manifests/other.yaml"
    bench.commit(other, b"x\n")
    forge, base = bench.forge(), bench.head() or ""
    first = forge.ensure_proposal(a_new(bench))
    branch = "promoter/line-b/v9-5-to-20-abcdef012"
    second = forge.ensure_proposal(a_new(bench, branch=branch, rollout="line-b", files={other: b"y\n"}))
    done = forge.merge(a_merge(bench, first, base=base))
    assert isinstance(done, Merged)
    after = forge.merge(a_merge(bench, second, base=done.commit, files={other: b"y\n"}))
    assert isinstance(after, Merged)
    assert (bench.text(), bench.text(other)) == (AFTER, b"y\n")


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_it_merges_as_the_repository_allows(bench: GitHubBench, method: str) -> None:
    bench.hub.settings = Settings(methods=(method,))
    done = merge(bench, proposed(bench))
    assert isinstance(done, Merged)
    assert bench.text() == AFTER
    assert bench.message() == MESSAGE.strip()


def test_a_rule_for_a_linear_history_is_kept(bench: GitHubBench) -> None:
    bench.hub.rules = Rules(linear=True)
    done = merge(bench, proposed(bench))
    assert isinstance(done, Merged)
    assert len(bench.hub.bare.commit(done.commit).parents) == 1


def test_where_no_way_is_allowed_it_is_told(bench: GitHubBench) -> None:
    bench.hub.settings = Settings(methods=("merge",))
    bench.hub.rules = Rules(linear=True)
    found = merge(bench, proposed(bench))
    assert isinstance(found, NotYet)
    assert "allows no way to merge" in found.reason


def _review(bench: GitHubBench) -> None:
    bench.hub.rules = Rules(reviews=1)


def _changes(bench: GitHubBench) -> None:
    bench.hub.review(bench.pull(BRANCH), "grace", "CHANGES_REQUESTED")


def _check(bench: GitHubBench) -> None:
    bench.hub.rules = Rules(checks=(("ci", None),))


def _health_of_another(bench: GitHubBench) -> None:
    bench.hub.rules = Rules(checks=(("rollout/health", "ci[bot]"),))


def _conversation(bench: GitHubBench) -> None:
    bench.hub.rules = Rules(conversations=True)
    bench.pull(BRANCH).threads.append(Thread(1, PATH))


def _draft(bench: GitHubBench) -> None:
    bench.hub.set_draft(bench.pull(BRANCH), "grace", draft=True)


BLOCKED: dict[Callable[[GitHubBench], None], str] = {
    _review: "approving review",
    _changes: "asks for changes",
    _check: "required check",
    _health_of_another: "required check",
    _conversation: "conversation",
    _draft: "draft",
}


@pytest.mark.parametrize("block", list(BLOCKED), ids=lambda block: str(block.__name__))
@pytest.mark.parametrize("bypass", [False, True], ids=["", "though the bot could bypass it"])
def test_what_the_rules_ask_for_is_waited_for(
    bench: GitHubBench, block: Callable[[GitHubBench], None], *, bypass: bool
) -> None:
    view = proposed(bench)
    block(bench)
    if bypass:
        bench.hub.rules.bypass = frozenset({BOT})
    found = merge(bench, view)
    assert isinstance(found, NotYet)
    assert BLOCKED[block] in found.reason
    assert merges(bench) == 0
    assert bench.text() == BEFORE


def test_approved_and_checked_it_is_merged(bench: GitHubBench) -> None:
    bench.hub.rules = Rules(reviews=1, checks=(HEALTH,))
    view = proposed(bench)
    bench.hub.review(bench.pull(BRANCH), "grace", "APPROVED")
    assert isinstance(merge(bench, view), Merged)


def test_a_merge_queue_behind_more_rules_than_a_page_is_seen(bench: GitHubBench) -> None:
    view = proposed(bench)
    bench.hub.rules = Rules(merge_queue=True)
    many = [{"type": "creation"}] * 100
    for body in (many, [{"type": "merge_queue"}]):
        bench.github.faults.append(faults.Fault("GET", "rules/branches/main", status=200, body=body))
    found = merge(bench, view)
    assert isinstance(found, NotYet)
    assert "merge queue" in found.reason
    assert bench.pull(BRANCH).queued is not None


def test_rules_without_an_end_are_not_taken_for_few(bench: GitHubBench) -> None:
    view = proposed(bench)
    many = [{"type": "creation"}] * 100
    bench.github.faults.append(faults.Fault("GET", "rules/branches/main", status=200, body=many, times=10))
    with pytest.raises(ForgeError, match="more rules than the 1,000"):
        merge(bench, view)
    assert merges(bench) == 0


def test_a_merge_queue_is_used_and_nothing_is_merged_past_it(bench: GitHubBench) -> None:
    view = proposed(bench)
    bench.hub.rules = Rules(merge_queue=True)
    found = merge(bench, view)
    assert isinstance(found, NotYet)
    assert "merge queue" in found.reason
    assert bench.pull(BRANCH).queued is not None
    assert merges(bench) == 0
    again = merge(bench, view)
    assert isinstance(again, NotYet)


def test_what_is_no_longer_healthy_leaves_the_queue(bench: GitHubBench) -> None:
    view = proposed(bench)
    bench.hub.rules = Rules(merge_queue=True)
    merge(bench, view)
    bench.forge().ensure_status(view, a_status(Health.FAILURE, at=12))
    assert bench.pull(BRANCH).queued is None


def test_github_gets_a_moment_to_compute_but_not_for_ever(
    bench: GitHubBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "_POLLS", (0.0, 0.0, 0.0))
    view = proposed(bench)
    bench.hub.knobs = Knobs(mergeable_null=20)
    found = merge(bench, view)
    assert isinstance(found, NotYet)
    assert "not computed" in found.reason
    bench.hub.knobs = Knobs(mergeable_null=2)
    bench.hub._asked.clear()
    assert isinstance(merge(bench, view), Merged)


def test_a_push_between_the_check_and_the_merge_is_not_merged(bench: GitHubBench) -> None:
    view = proposed(bench)

    def push() -> None:
        bench.commit("notes.md", b"wait\n", BRANCH)

    bench.github.faults.append(faults.Fault("PUT", "/merge$", before=push))
    found = merge(bench, view)
    assert isinstance(found, NotYet)
    assert "branch was changed" in found.reason
    assert bench.text() == BEFORE


def test_a_rollback_between_the_check_and_the_merge_wins(bench: GitHubBench) -> None:
    view = proposed(bench)

    def roll_back() -> None:
        bench.commit(PATH, b"gray: 0\n")

    bench.github.faults.append(faults.Fault("PUT", "/merge$", before=roll_back))
    found = merge(bench, view)
    assert isinstance(found, NotYet)
    assert bench.text() == b"gray: 0\n"


def test_another_commit_on_base_just_before_is_told(bench: GitHubBench) -> None:
    view = proposed(bench)

    def elsewhere() -> None:
        bench.commit("README.md", b"hello again\n")

    bench.github.faults.append(faults.Fault("PUT", "/merge$", before=elsewhere))
    found = merge(bench, view)
    assert isinstance(found, Merged)
    assert "another commit" in found.note


@pytest.mark.parametrize(
    "fault",
    [faults.lost_reply, faults.late_error],
    ids=["the reply is lost", "it says 502"],
)
def test_a_merge_that_was_done_without_an_answer_is_found_and_not_sent_again(
    bench: GitHubBench, fault: Callable[..., faults.Fault]
) -> None:
    view = proposed(bench)
    bench.github.faults.append(fault("/merge$", method="PUT"))
    done = merge(bench, view)
    assert isinstance(done, Merged)
    assert done.commit == bench.head()
    assert merges(bench) == 1


@pytest.mark.parametrize("fault", [faults.dropped, faults.server_error])
def test_a_merge_that_was_not_done_is_left_to_the_next_tick(
    bench: GitHubBench, fault: Callable[..., faults.Fault]
) -> None:
    view = proposed(bench)
    bench.github.faults.append(fault("/merge$", method="PUT"))
    found = merge(bench, view)
    assert isinstance(found, NotYet)
    assert "not merged so far" in found.reason
    assert bench.github.faults[0].hits == 1
    assert isinstance(merge(bench, view), Merged)


@pytest.mark.parametrize("status", [405, 409, 422])
def test_a_refused_merge_is_told_and_left_to_the_next_tick(bench: GitHubBench, status: int) -> None:
    view = proposed(bench)
    told = "Base branch was modified. Review and try the merge again."
    bench.github.faults.append(faults.Fault("PUT", "/merge$", status=status, message=told))
    assert merge(bench, view) == NotYet("base moved meanwhile")


def test_a_bot_that_may_not_merge_is_told(bench: GitHubBench) -> None:
    view = proposed(bench)
    told = "Resource not accessible by integration"
    bench.github.faults.append(faults.Fault("PUT", "/merge$", status=403, message=told))
    with pytest.raises(ForgeError, match="may not merge pull request"):
        merge(bench, view)


def test_a_clone_that_cannot_fetch_says_so_and_merges_no_more(bench: GitHubBench) -> None:
    view = proposed(bench)
    clone = bench.clone()
    forge = connect(bench.settings(), clone, None).forge
    bench.hub.bare.root.rename(bench.place / "away.git")
    bench.hub.bare.root = bench.place / "away.git"
    done = forge.merge(a_merge(bench, view))
    assert isinstance(done, Merged)
    assert "has not fetched it" in done.note
    other = forge.merge(a_merge(bench, view, base=done.commit))
    assert isinstance(other, NotYet)


def test_a_human_who_merges_first_is_respected(bench: GitHubBench) -> None:
    view = proposed(bench)
    request = a_merge(bench, view)
    bench.merge(BRANCH)
    assert isinstance(bench.forge().merge(request), NotYet)
    (found,) = bench.forge().read(["yolo"])["yolo"].proposals
    assert found.state is ProposalState.MERGED
