"""4, on GitHub. What people did there wins: their closings, reviews, pushes and pauses, at the very last moment too; what is forged counts for nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import pytest

from promoter.core.decision import Kind
from promoter.core.evidence import Unknown
from promoter.core.outcome import Did, Row
from promoter.errors import ForgeError
from promoter.human import Request, pause, resume
from tests.fakes.github.faults import Fault
from tests.fakes.github.hub import BOT, CI
from tests.fakes.github.state import CheckRun, Pull, Rules, Thread
from tests.invariants.github_rig import PATH, GitHubRig, weights
from tests.invariants.rig import MINUTE


def did(row: Row) -> list[Did]:
    return [outcome.did for outcome in row.outcomes]


# 8: evidence expires


def test_the_status_follows_the_verdict_and_unknown_is_pending(careful: GitHubRig) -> None:
    careful.tick()
    pull = careful.site.pull()
    assert careful.site.status(pull) == "success"
    careful.pass_time(MINUTE)
    careful.script.override = lambda _: Unknown("Prometheus is down")
    careful.tick()
    assert careful.site.status(pull) == "pending"
    careful.script.override = lambda _: None
    careful.pass_time(MINUTE)
    careful.tick()
    assert careful.site.status(pull) == "success"
    careful.fall_sick(0)
    careful.pass_time(4 * MINUTE)
    careful.tick()
    assert careful.site.status(pull) == "failure"


def test_the_status_is_written_only_when_it_changes_or_grows_old(careful: GitHubRig) -> None:
    careful.tick()
    sha = careful.site.pull().head
    for _ in range(3):
        careful.pass_time(MINUTE)
        careful.tick()
    assert len(careful.site.hub.state.statuses[sha]) == 1
    careful.pass_time(15 * MINUTE)
    careful.tick()
    assert len(careful.site.hub.state.statuses[sha]) == 2


# 13: a weight set by hand


def test_a_weight_set_by_hand_is_the_start_of_the_next_step(rig: GitHubRig) -> None:
    rig.set_weight(7)
    rig.pass_time()
    assert Did.MERGED in did(rig.tick())
    assert rig.on_base() == 20
    assert [pull.head_ref.split("/")[-1].split("-", 1)[1][:7] for pull in rig.site.pulls()] == ["7-to-20"]


# 14: what stands in the way of a merge


def _changes(rig: GitHubRig, pull: Pull) -> None:
    rig.site.hub.review(pull, "grace", "CHANGES_REQUESTED")


def _review_missing(rig: GitHubRig, pull: Pull) -> None:
    del pull
    rig.site.hub.rules = Rules(reviews=1, checks=(("ci", None),))


def _draft(rig: GitHubRig, pull: Pull) -> None:
    rig.site.hub.set_draft(pull, "grace", draft=True)


def _failing(rig: GitHubRig, pull: Pull) -> None:
    rig.site.hub.rules = Rules(checks=(("ci", None),))
    rig.site.hub.state.checks[pull.head] = [CheckRun(1, "ci", "completed", "failure", rig.at)]


def _pending(rig: GitHubRig, pull: Pull) -> None:
    rig.site.hub.rules = Rules(checks=(("ci", None),))
    rig.site.hub.state.checks[pull.head] = [CheckRun(1, "ci", "queued", None, rig.at)]


def _conversation(rig: GitHubRig, pull: Pull) -> None:
    rig.site.hub.rules = Rules(conversations=True)
    pull.threads.append(Thread(1, PATH))


def _forged_status(rig: GitHubRig, pull: Pull) -> None:
    """The required status has to come from the App; another's success is none."""
    rig.site.hub.rules = Rules(checks=(("rollout/health", CI),))


def _bypass(rig: GitHubRig, pull: Pull) -> None:
    """The bot was given the right to bypass the rules: it does not use it."""
    del pull
    rig.site.hub.rules = Rules(reviews=1, bypass=frozenset({BOT}))


def _queue(rig: GitHubRig, pull: Pull) -> None:
    del pull
    rig.site.hub.rules = Rules(merge_queue=True)


OBSTACLES = [
    _changes, _review_missing, _draft, _failing, _pending, _conversation, _forged_status, _bypass, _queue,
]  # fmt: skip


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_people_or_rules_hold_back_is_not_merged(
    rig: GitHubRig, obstacle: Callable[[GitHubRig, Pull], None]
) -> None:
    rig.site.hub.rules = Rules(reviews=1)
    rig.tick()
    pull = rig.site.pull()
    rig.site.hub.rules = Rules()
    obstacle(rig, pull)
    rig.pass_time(MINUTE)
    row = rig.tick()
    assert Did.MERGED not in did(row)
    assert (rig.on_base(), pull.state) == (5, "open")
    told = [outcome.detail for outcome in row.outcomes if outcome.did is Did.NOT_YET]
    assert all(told), row.outcomes


def test_nothing_in_the_way_is_merged(rig: GitHubRig) -> None:
    rig.site.hub.rules = Rules(reviews=1)
    rig.tick()
    rig.site.approve(rig.site.pull())
    rig.pass_time(MINUTE)
    assert Did.MERGED in did(rig.tick())
    assert rig.on_base() == 20


# At the last moment


def meanwhile(rig: GitHubRig, act: Callable[[], object], method: str = "PUT", path: str = "/merge$") -> Fault:
    """Someone acts right before this request."""

    def first() -> None:
        act()

    fault = Fault(method, path, before=first)
    rig.github.faults.append(fault)
    return fault


def test_a_push_between_the_check_and_the_merge_stops_the_merge(rig: GitHubRig) -> None:
    fault = meanwhile(rig, lambda: rig.set_weight(50, branch=rig.site.pull().head_ref))
    row = rig.tick()
    assert fault.hits == 1
    assert did(row)[-1] is Did.NOT_YET
    assert rig.on_base() == 5


def test_a_closing_between_the_check_and_the_merge_is_a_veto(rig: GitHubRig) -> None:
    fault = meanwhile(rig, lambda: rig.site.close(rig.site.pull()))
    row = rig.tick()
    assert (fault.hits, did(row)[-1], rig.on_base()) == (1, Did.NOT_YET, 5)
    rig.pass_time(MINUTE)
    assert rig.tick().decision.kind is Kind.HOLD


def test_a_closing_that_the_first_look_did_not_show_is_a_veto_all_the_same(careful: GitHubRig) -> None:
    careful.tick()
    careful.pass_time()
    fault = meanwhile(careful, lambda: careful.site.close(careful.site.pull()), "POST", "query Branch")
    careful.script.override = lambda _: None
    careful.pass_time(15 * MINUTE)  # its status is due again: the tick will write
    careful.tick()
    assert fault.hits == 1
    assert careful.site.pulls(state="open") == []
    assert careful.tick().decision.kind is Kind.HOLD


def test_a_pause_that_comes_while_a_tick_is_under_way_stops_its_merge(rig: GitHubRig) -> None:
    meanwhile(rig, lambda: rig_pause(rig), "POST", "/pulls$")
    rig.tick()
    assert rig.on_base() == 5
    assert rig.tick().decision.kind is Kind.HOLD


def rig_pause(rig: GitHubRig) -> None:
    """Another process records a pause."""
    world = rig.world(clone="human")
    pause(world, rig.found(world), rig.request())


# 24: out of date


def test_a_proposal_whose_base_moved_is_rebuilt_or_withdrawn_and_never_merged_as_it_was(
    careful: GitHubRig,
) -> None:
    careful.tick()
    old = careful.site.pull()
    careful.set_weight(7)
    careful.pass_time()
    careful.tick()
    assert (old.state, old.merged) == ("closed", None)
    assert "7-to-20" in careful.site.pull().head_ref


# 37: closing counts from those who may


@pytest.mark.parametrize(("who", "counts"), [("ada", True), ("grace", True), ("tim", True), ("rita", False), ("mallory", False), (CI, False), (BOT, False)])  # fmt: skip
def test_closing_the_hold_resumes_only_from_a_human_who_may_triage(
    rig: GitHubRig, who: str, *, counts: bool
) -> None:
    rig.fall_sick(10)
    assert rig.tick().decision.kind is Kind.FREEZE
    rig.script.sick_until = rig.at.timestamp()
    rig.pass_time(MINUTE)
    rig.site.close(rig.site.hold(), who, force=True)
    row = rig.tick()
    assert (row.decision.kind is not Kind.HOLD) == counts
    assert len(rig.site.holds("open")) == (0 if counts else 1)
    rig.pass_time()
    assert (Did.MERGED in did(rig.tick())) == counts


@pytest.mark.parametrize("where", ["commit", "pull request"])
def test_a_closing_keyword_in_what_somebody_merges_is_no_resume(rig: GitHubRig, where: str) -> None:
    rig.fall_sick(10)
    rig.tick()
    hold = rig.site.hold()
    rig.script.sick_until = rig.at.timestamp()
    words = f"Fixes #{hold.number}"
    if where == "commit":
        rig.site.commit({"notes": b"x"}, words, by="grace")
    else:
        rig.site.hub.create_ref("refs/heads/mend", rig.site.hub.head(), "grace")
        rig.site.commit({"notes": b"x"}, by="grace", branch="mend")
        rig.site.merge(rig.site.hub.open_pull("grace", head="mend", title="mend", body=words))
    assert (hold.state, hold.closed_by) == ("closed", "grace")
    rig.pass_time()
    row = rig.tick()
    assert (row.decision.kind, hold.state, rig.on_base()) == (Kind.HOLD, "open", 5)
    assert "closed by a keyword" in hold.comments[-1].body
    rig.site.close(hold, "grace")
    rig.pass_time()
    assert Did.MERGED in did(rig.tick())


def test_a_right_that_was_lost_since_does_not_undo_a_resume_on_record(rig: GitHubRig) -> None:
    rig.fall_sick(10)
    rig.tick()
    rig.script.sick_until = rig.at.timestamp()
    rig.pass_time(MINUTE)
    rig.site.close(rig.site.hold(), "tim")
    rig.tick()
    rig.site.hub.person("tim", "none")
    rig.pass_time()
    assert Did.MERGED in did(rig.tick())


# 38: forgeries


def test_a_forged_hold_issue_holds_nothing(rig: GitHubRig) -> None:
    rig.fall_sick(10)
    rig.tick()
    real = rig.site.hold()
    rig.site.close(real, "grace")
    rig.script.sick_until = rig.at.timestamp()
    rig.site.hub.new_issue("grace", real.title, real.body, ["rollout:hold"])  # a copy, by another
    rig.pass_time()
    assert Did.MERGED in did(rig.tick())


def test_an_edited_hold_issue_does_not_become_a_resume(rig: GitHubRig) -> None:
    rig.fall_sick(10)
    rig.tick()
    hold = rig.site.hold()
    rig.site.hub.edit(hold, "grace", body="nothing to see here")
    rig.script.sick_until = rig.at.timestamp()
    rig.pass_time()
    assert rig.tick().decision.kind is Kind.HOLD
    assert rig.on_base() == 5


def _fork(rig: GitHubRig, branch: str) -> Pull:
    """A pull request of a stranger's fork, from a branch of the bot's name."""
    hub = rig.site.hub
    made = hub.commit_files(hub.head(), {PATH: weights(100).encode()}, "mine", by="mallory")
    hub.move([(f"refs/forks/mallory/heads/{branch}", made, None)], "mallory")
    return hub.open_pull("mallory", head=f"mallory:{branch}", title="promote yolo", body="x")


def test_a_forks_branch_of_our_name_is_not_ours(careful: GitHubRig) -> None:
    careful.tick()
    ours = careful.site.pull()
    theirs = _fork(careful, ours.head_ref)
    theirs.body = ours.body
    careful.site.close(theirs, "mallory")  # no veto
    careful.pass_time(MINUTE)
    assert careful.tick().decision.kind is Kind.PROMOTE
    assert careful.site.status(theirs) == ""
    assert [pull.number for pull in careful.site.pulls(state="open")] == [ours.number]


def test_a_forks_flood_keeps_no_proposal_green_that_fails(careful: GitHubRig) -> None:
    careful.tick()
    ours = careful.site.pull()
    careful.site.approve(ours)
    careful.site.flood(ours.head_ref)
    assert careful.site.status(ours) == "success"
    careful.fall_sick(0)
    careful.pass_time(4 * MINUTE)
    assert Did.STATUS in did(careful.tick())
    assert careful.site.status(ours) == "failure"
    careful.set_weight(7)
    careful.pass_time()
    careful.tick()
    assert ours.state == "closed"  # withdrawn, because it is out of date


def test_a_branch_that_a_human_made_under_our_name_is_left_alone(rig: GitHubRig) -> None:
    rig.save()
    rig.tick()
    name = rig.site.pull("5-to-20", "").head_ref
    rig.restore()
    hub = rig.site.hub
    theirs = hub.commit_files(hub.head(), {PATH: weights(100).encode()}, "mine", by="grace")
    hub.create_ref(f"refs/heads/{name}", theirs, "grace")
    row = rig.tick()
    assert (did(row), rig.on_base()) == ([Did.HANDS_OFF], 5)
    assert hub.state.refs[f"refs/heads/{name}"] == theirs


def test_a_pull_request_that_a_human_opened_from_our_branch_is_not_merged(rig: GitHubRig) -> None:
    rig.save()
    rig.github.faults.append(Fault("POST", "/pulls$", status=502))
    rig.tick()  # the branch is there, the pull request is not
    (name,) = [ref.removeprefix("refs/heads/") for ref in rig.site.hub.state.refs if "5-to-20" in ref]
    rig.site.hub.open_pull("grace", head=name, title="mine", body="x")
    row = rig.tick()
    assert Did.MERGED not in did(row)
    assert rig.on_base() == 5


# 32: words stay words

HOSTILE = '@all fixes #1 <!-- promoter {"holds": []} --> <img src=x> ::add-mask::x\n# big\n```json\n{}\n``` [x](http://e)'


def test_a_hostile_reason_is_text_in_the_hold_and_forges_no_record(rig: GitHubRig) -> None:
    world = rig.world()
    pause(world, rig.found(world), replace(rig.request(), reason=HOSTILE))
    hold = rig.site.hold()
    shown = hold.body.rpartition("<!-- promoter")[0]
    assert "\n" not in hold.title  # where nobody is called and nothing is closed
    for live in ("@all", "fixes #1", "<img", "\n# big", "<!-- promoter", "::add-mask::"):
        assert live not in shown, live
    assert hold.body.count("<!-- promoter") == 1
    assert rig.tick().decision.kind is Kind.HOLD
    rig.site.close(hold, "tim")
    assert rig.tick().decision.kind is not Kind.HOLD


@pytest.mark.parametrize(
    ("who", "lifted"),
    [("tim", True), ("rita", False), ("tim_acme", True), ("rita_acme", False), ("tim x", False), ("", False)],
)
def test_a_resume_by_the_button_takes_the_right_whatever_its_name_looks_like(
    rig: GitHubRig, who: str, *, lifted: bool
) -> None:
    rig.site.hub.person("tim_acme", "triage")
    rig.site.hub.person("rita_acme", "read")
    rig.pause()
    world = rig.world(
        GITHUB_ACTIONS="true", GITHUB_EVENT_NAME="workflow_dispatch", GITHUB_TRIGGERING_ACTOR=who
    )
    request = Request(by=world.human or "git's user", reason="looked at it", at=rig.at)
    with nullcontext() if lifted else pytest.raises(ForgeError, match="may not resume"):
        resume(world, rig.found(world), request)
    assert (rig.site.holds("open") == []) is lifted
