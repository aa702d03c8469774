"""The same behaviours over the forge in memory and the local one on real Git: a fake that lies fails here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ForgeView, Health, ProposalKind, ProposalState, ProposalView, Status
from promoter.errors import PromoterError
from promoter.forge.protocol import Forge, Merged, MergeRequest, NewProposal, NotYet, Words
from tests.contracts.benches import AFTER, BEFORE, PATH, Bench
from tests.git_repository import minute

BRANCH = "promoter/yolo/v9-5-to-20-abcdef012"
BEGAN = "ab" * 20
MESSAGE = "promote yolo: v9 5% → 20%\n\n- healthy\n\nRollout: yolo\nRollout-Weight: 5 -> 20\n"
EVIDENCE = '{"version": 1}\n'


def a_new(bench: Bench, **changes: object) -> NewProposal:
    body, evidence = str(changes.pop("body", "# healthy\n")), str(changes.pop("evidence", EVIDENCE))
    said = Words(message=MESSAGE, title="promote yolo", body=body, evidence=evidence)
    new = NewProposal(
        branch=BRANCH,
        rollout="yolo",
        candidate="v9",
        identity="v9",
        kind=ProposalKind.PROMOTION,
        began=BEGAN,
        base=bench.head() or "",
        files={PATH: AFTER},
        words=lambda: said,
        draft=False,
        refresh=False,
        at=minute(10),
    )
    return replace(new, **changes)  # type: ignore[arg-type]


def a_merge(bench: Bench, proposal: ProposalView, **changes: object) -> MergeRequest:
    request = MergeRequest(
        proposal=proposal,
        base=bench.head() or "",
        files={PATH: AFTER},
        message=MESSAGE,
        at=minute(11),
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def a_status(state: Health = Health.SUCCESS, at: float = 10, summary: str = "all pass") -> Status:
    return Status(state=state, summary=summary, evidence_at=minute(at))


def a_hold(kind: HoldKind = HoldKind.FREEZE, **changes: object) -> Hold:
    hold = Hold(
        rollout="yolo",
        candidate="v9",
        kind=kind,
        commit=BEGAN,
        since=minute(10),
        by="promoter",
        reason="failed: success-rate",
    )
    return replace(hold, **changes)  # type: ignore[arg-type]


def view(bench: Bench) -> ForgeView:
    return bench.forge().read(["yolo"])["yolo"]


def the_proposal(bench: Bench) -> ProposalView:
    (found,) = view(bench).proposals
    return found


def a_closed(bench: Bench) -> ProposalView:
    bench.at(10)
    bench.forge().ensure_proposal(a_new(bench))
    bench.delete(BRANCH)
    return the_proposal(bench)


def a_touched(bench: Bench) -> ProposalView:
    bench.forge().ensure_proposal(a_new(bench))
    bench.commit("notes.md", b"please look\n", BRANCH)
    return the_proposal(bench)


def test_a_rollout_without_anything_has_an_entry(bench: Bench) -> None:
    assert bench.forge().read(["yolo", "other"]) == {"yolo": ForgeView(), "other": ForgeView()}


def test_a_proposal_is_a_branch_of_one_commit_on_base(bench: Bench) -> None:
    base = bench.head()
    made = bench.forge().ensure_proposal(a_new(bench))
    assert made == the_proposal(bench)
    assert (made.state, made.base, made.head, made.made) == (
        ProposalState.OPEN,
        base,
        bench.head(BRANCH),
        bench.head(BRANCH),
    )
    assert not made.touched
    assert made.status is None
    assert bench.evidence(EVIDENCE)
    assert (bench.head(), bench.text()) == (base, BEFORE)  # nothing reaches base by itself


def test_a_proposal_is_seen_only_by_its_rollout(bench: Bench) -> None:
    bench.forge().ensure_proposal(a_new(bench))
    assert bench.forge().read(["other"]) == {"other": ForgeView()}


def test_proposing_twice_is_proposing_once(bench: Bench) -> None:
    first = bench.forge().ensure_proposal(a_new(bench))
    assert bench.forge().ensure_proposal(a_new(bench, at=minute(20), evidence='{"late": 1}\n')) == first
    assert the_proposal(bench) == first
    assert not bench.evidence('{"late": 1}\n')


def test_a_refresh_keeps_the_commit_and_both_evidences(bench: Bench) -> None:
    first = bench.forge().ensure_proposal(a_new(bench))
    bench.forge().ensure_status(first, a_status())
    later = bench.forge().ensure_proposal(a_new(bench, refresh=True, evidence='{"late": 1}\n', at=minute(20)))
    assert later.made == first.made
    assert later.digest != first.digest
    assert later.status == a_status()
    assert bench.evidence(EVIDENCE)
    assert bench.evidence('{"late": 1}\n')


def test_a_draft_becomes_none_when_asked_for(bench: Bench) -> None:
    assert bench.forge().ensure_proposal(a_new(bench, draft=True)).draft
    assert not bench.forge().ensure_proposal(a_new(bench, draft=False)).draft
    assert not the_proposal(bench).draft


def test_a_base_that_moved_elsewhere_leaves_the_proposal_alone(bench: Bench) -> None:
    first = bench.forge().ensure_proposal(a_new(bench))
    bench.commit("README.md", b"hello again\n")
    assert bench.forge().ensure_proposal(a_new(bench)).made == first.made


def test_a_proposal_is_built_anew_where_its_file_changed_on_base(bench: Bench) -> None:
    first = bench.forge().ensure_proposal(a_new(bench))
    bench.forge().ensure_status(first, a_status())
    bench.commit(PATH, b"# a note\ngray: 5\n")
    again = bench.forge().ensure_proposal(a_new(bench, files={PATH: b"# a note\ngray: 20\n"}))
    assert again.made != first.made
    assert again.base == bench.head()
    assert again.status is None  # of other content


@pytest.mark.parametrize(
    "changes",
    [
        {"files": {PATH: BEFORE}},
        {"files": {"manifests/none.yaml": AFTER}},
        {"branch": "promoter/other/v9-5-to-20-abcdef012"},
        {"branch": "main"},
        {"branch": "promoter/yolo/a/b"},
    ],
    ids=["changes nothing", "no such file", "of another rollout", "base itself", "too deep"],
)
def test_what_is_no_proposal_is_refused_and_leaves_nothing(bench: Bench, changes: dict[str, object]) -> None:
    base = bench.head()
    with pytest.raises(PromoterError):
        bench.forge().ensure_proposal(a_new(bench, **changes))
    assert view(bench) == ForgeView()
    assert bench.head() == base
    assert bench.head(BRANCH) is None


def test_a_proposal_that_a_human_pushed_to_stays_as_it_is(bench: Bench) -> None:
    touched = a_touched(bench)
    assert touched.touched
    head = bench.head(BRANCH)
    assert bench.forge().ensure_proposal(a_new(bench, refresh=True)).touched
    bench.forge().ensure_closed(touched, why="out of date", at=minute(12))
    assert isinstance(bench.forge().merge(a_merge(bench, touched)), NotYet)
    assert bench.head(BRANCH) == head
    assert bench.text() == BEFORE
    assert the_proposal(bench).state is ProposalState.OPEN


def test_a_branch_that_a_human_made_under_our_name_stays_theirs(bench: Bench) -> None:
    bench.branch(BRANCH)
    bench.commit("notes.md", b"mine\n", BRANCH)
    head = bench.head(BRANCH)
    assert view(bench).proposals == ()
    assert bench.forge().ensure_proposal(a_new(bench)).touched
    assert bench.head(BRANCH) == head
    assert view(bench).proposals == ()


def test_a_deleted_branch_is_a_proposal_closed_by_a_human(bench: Bench) -> None:
    closed = a_closed(bench)
    assert (closed.state, closed.head) == (ProposalState.CLOSED, None)
    assert closed.closed_at == minute(10)  # the local forge: when it was opened, Git does not tell more
    assert closed.closed_by


def test_a_closed_proposal_is_opened_again_when_asked(bench: Bench) -> None:
    closed = a_closed(bench)
    bench.at(30)
    again = bench.forge().ensure_proposal(a_new(bench, at=minute(30)))
    assert (again.state, again.made) == (ProposalState.OPEN, bench.head(BRANCH))
    bench.delete(BRANCH)
    assert the_proposal(bench).closed_at == minute(30)
    assert closed.began == the_proposal(bench).began


def test_closing_again_at_the_same_moment_as_a_resume_is_a_later_veto(bench: Bench) -> None:
    a_closed(bench)
    lifted = a_hold(HoldKind.VETO).lift(when=minute(30), by="Ada", reason="ok")
    bench.forge().lift_hold(lifted)
    bench.forge().ensure_proposal(a_new(bench, at=minute(30)))
    bench.at(30.1)
    bench.delete(BRANCH)
    closed_at = the_proposal(bench).closed_at
    assert closed_at is not None
    assert closed_at > minute(30)


def test_a_withdrawn_proposal_is_gone_and_remembered(bench: Bench) -> None:
    proposal = bench.forge().ensure_proposal(a_new(bench))
    for _ in range(2):
        bench.forge().ensure_closed(proposal, why="out of date", at=minute(12))
    assert bench.head(BRANCH) is None
    assert the_proposal(bench).state is ProposalState.WITHDRAWN
    again = bench.forge().ensure_proposal(a_new(bench, at=minute(20)))
    assert again.state is ProposalState.OPEN


def test_withdrawing_what_a_human_closed_leaves_it_closed(bench: Bench) -> None:
    closed = a_closed(bench)
    bench.forge().ensure_closed(closed, why="out of date", at=minute(12))
    assert the_proposal(bench).state is ProposalState.CLOSED


def test_a_merge_moves_base_and_ends_the_proposal(bench: Bench) -> None:
    proposal = bench.forge().ensure_proposal(a_new(bench))
    done = bench.forge().merge(a_merge(bench, proposal))
    assert isinstance(done, Merged)
    assert (bench.head(), bench.text()) == (done.commit, AFTER)
    assert bench.message() == MESSAGE.strip()
    assert bench.head(BRANCH) is None
    assert the_proposal(bench).state is ProposalState.MERGED
    assert isinstance(bench.forge().merge(a_merge(bench, proposal)), NotYet)
    assert bench.head() == done.commit
    again = bench.forge().ensure_proposal(a_new(bench, base=proposal.base, refresh=True))
    assert again.state is ProposalState.MERGED  # the step is done, and not proposed again
    assert bench.head(BRANCH) is None


def _base_moved(bench: Bench, proposal: ProposalView) -> MergeRequest:
    request = a_merge(bench, proposal)
    bench.commit("README.md", b"faster\n")
    return request


def _another_head(bench: Bench, proposal: ProposalView) -> MergeRequest:
    return a_merge(bench, replace(proposal, head=bench.head(), made=bench.head() or ""))


def _other_content(bench: Bench, proposal: ProposalView) -> MergeRequest:
    return a_merge(bench, proposal, files={PATH: b"gray: 50\n"})


def _its_file_changed(bench: Bench, proposal: ProposalView) -> MergeRequest:
    bench.commit(PATH, b"gray: 7\n")
    return a_merge(bench, proposal)


def _withdrawn(bench: Bench, proposal: ProposalView) -> MergeRequest:
    bench.forge().ensure_closed(proposal, why="out of date", at=minute(12))
    return a_merge(bench, proposal)


def _closed(bench: Bench, proposal: ProposalView) -> MergeRequest:
    bench.delete(BRANCH)
    return a_merge(bench, proposal)


@pytest.mark.parametrize(
    "case", [_base_moved, _another_head, _other_content, _its_file_changed, _withdrawn, _closed]
)
def test_what_is_not_as_it_was_verified_is_not_merged(bench: Bench, case: object) -> None:
    proposal = bench.forge().ensure_proposal(a_new(bench))
    request = case(bench, proposal)  # type: ignore[operator]
    before = (bench.head(), bench.text())
    assert isinstance(bench.forge().merge(request), NotYet)
    assert (bench.head(), bench.text()) == before


def test_a_proposal_that_a_human_merged_is_merged(bench: Bench) -> None:
    bench.forge().ensure_proposal(a_new(bench))
    bench.merge(BRANCH)
    assert the_proposal(bench).state is ProposalState.MERGED
    bench.forge().recover()
    found = the_proposal(bench)
    assert (found.state, found.head, bench.head(BRANCH)) == (ProposalState.MERGED, None, None)


def test_recovering_where_nothing_is_left_changes_nothing(bench: Bench) -> None:
    forge: Forge = bench.forge()
    assert forge.recover() == ()
    proposal = forge.ensure_proposal(a_new(bench))
    assert bench.forge().recover() == ()
    assert the_proposal(bench) == proposal


def test_a_standing_hold_is_recorded_once(bench: Bench) -> None:
    for minutes in (0, 5):
        hold = a_hold(since=minute(10 + minutes))
        bench.forge().ensure_hold(hold, evidence=EVIDENCE, body="# frozen\n")
    assert view(bench).holds == (a_hold(),)
    assert bench.evidence(EVIDENCE)


def test_holds_of_another_kind_commit_or_candidate_stand_beside_it(bench: Bench) -> None:
    others = [a_hold(HoldKind.PAUSE, candidate=""), a_hold(commit="cd" * 20), a_hold(candidate="v10")]
    for hold in [a_hold(), *others]:
        bench.forge().ensure_hold(hold, evidence="", body="")
    assert view(bench).holds == (a_hold(), *others)


def test_a_lifted_hold_stays_on_record_and_may_come_again(bench: Bench) -> None:
    bench.forge().ensure_hold(a_hold(), evidence=EVIDENCE, body="")
    lifted = a_hold().lift(when=minute(20), by="Ada", reason="ok")
    for _ in range(2):
        bench.forge().lift_hold(lifted)
    assert view(bench).holds == (lifted,)
    assert bench.evidence(EVIDENCE)
    bench.forge().ensure_hold(a_hold(since=minute(30)), evidence="", body="")
    assert view(bench).holds == (lifted, a_hold(since=minute(30)))
    bench.forge().lift_hold(a_hold().lift(when=minute(40), by="Ada", reason="again"))
    assert [hold.lifted.when for hold in view(bench).holds if hold.lifted] == [minute(20), minute(40)]


def test_a_hold_that_was_never_recorded_is_recorded_as_lifted(bench: Bench) -> None:
    lifted = a_hold().lift(when=minute(20), by="Ada", reason="ok")
    bench.forge().lift_hold(lifted)
    assert view(bench).holds == (lifted,)


def test_a_lift_that_names_nobody_is_a_bug(bench: Bench) -> None:
    bench.forge().ensure_hold(a_hold(), evidence="", body="")
    with pytest.raises(ValueError, match="by whom"):
        bench.forge().lift_hold(a_hold())
    assert view(bench).holds == (a_hold(),)


def test_holds_of_one_rollout_are_not_seen_by_another(bench: Bench) -> None:
    bench.forge().ensure_hold(a_hold(), evidence="", body="")
    assert bench.forge().read(["other"])["other"].holds == ()


def test_a_rollout_whose_name_leads_elsewhere_is_refused(bench: Bench) -> None:
    with pytest.raises(PromoterError):
        bench.forge().ensure_hold(a_hold(rollout="../main"), evidence="", body="")
    assert view(bench).holds == ()
