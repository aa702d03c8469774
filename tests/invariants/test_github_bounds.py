"""On GitHub the bot never approves, pushes to base or writes where it only plans; what is not clear is read back, and no wait outlasts the tick's time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from pathlib import Path

import pytest

from promoter.core.outcome import Did
from promoter.errors import ForgeError, PromoterError
from promoter.forge.github import connection
from tests.fakes.github import faults
from tests.fakes.github.hub import BOT, Knobs
from tests.fakes.github.state import Rules
from tests.invariants.github_rig import GitHubRig, github_rig
from tests.invariants.github_situations import SITUATIONS, Situation
from tests.invariants.rig import MINUTE

MAY_WRITE = {
    "git/create-blob",
    "git/create-tree",
    "git/create-commit",
    "git/create-ref",
    "pulls/create",
    "pulls/update",
    "pulls/merge",
    "repos/create-commit-status",
    "issues/create",
    "issues/update",
    "issues/create-comment",
    "issues/add-labels",
    "graphql:UpdateRefs",
    "graphql:Ready",
    "graphql:Draft",
    "graphql:Enqueue",
    "graphql:Dequeue",
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_the_bot_never_approves_and_never_moves_base_but_by_merging(
    situation: Situation, tmp_path: Path
) -> None:
    with github_rig(tmp_path, merge=situation.merge, on_fail=situation.on_fail) as rig:
        situation.prepare(rig)
        hub = rig.site.hub
        moved: list[str] = []
        move = hub.move

        def seen(changes: Iterable[tuple[str, str | None, str | None]], by: str) -> None:
            wanted = list(changes)
            moved.extend(ref for ref, _, _ in wanted)
            move(wanted, by)

        hub.move = seen  # type: ignore[method-assign]
        rig.github.log.clear()
        rig.tick()
        written = {request.operation for request in rig.github.log if request.writes}
        assert written <= MAY_WRITE
        assert "refs/heads/main" not in moved
        assert all(ref.startswith("refs/heads/promoter/yolo/") for ref in moved)
        assert [review for pull in hub.state.pulls() for review in pull.reviews if review.author == BOT] == []


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_plan_writes_nothing(situation: Situation, tmp_path: Path) -> None:
    with github_rig(tmp_path, merge=situation.merge, on_fail=situation.on_fail) as rig:
        situation.prepare(rig)
        before = (rig.site.hub.bare.refs(), rig.state())
        rig.github.log.clear()
        rig.tick(acting=False)
        assert rig.github.writes() == []
        assert len(rig.github.log) <= 5
        assert (rig.site.hub.bare.refs(), rig.state()) == before


def test_a_steady_tick_takes_at_most_five_requests_and_writes_nothing(tmp_path: Path) -> None:
    for situation in SITUATIONS:
        with github_rig(tmp_path / situation.name, merge=situation.merge, on_fail=situation.on_fail) as rig:
            situation.prepare(rig)
            rig.tick()
            rig.tick()
            rig.github.log.clear()
            rig.tick()
            assert rig.github.writes() == [], situation.name
            assert len(rig.github.log) <= (2 if situation.merge == "approval" else 5), situation.name


def test_a_merge_whose_answer_is_lost_is_read_back_and_not_sent_again(tmp_path: Path) -> None:
    with github_rig(tmp_path) as rig:
        rig.github.faults.append(faults.lost_reply("/merge$", method="PUT"))
        row = rig.tick()
        assert row.outcomes[-1].did is Did.MERGED
        assert rig.on_base() == 20
        assert [r.operation for r in rig.github.log].count("pulls/merge") == 1


def test_a_pull_request_whose_answer_is_lost_is_not_opened_twice(tmp_path: Path) -> None:
    with github_rig(tmp_path) as rig:
        rig.github.faults.append(faults.lost_reply("/pulls$", method="POST"))
        rig.tick()
        rig.tick()
        assert len(rig.site.pulls()) == 1
        assert [r.operation for r in rig.github.log].count("pulls/create") == 1


def test_mergeability_that_is_not_known_yet_is_asked_for_again_for_a_while(tmp_path: Path) -> None:
    with github_rig(tmp_path) as rig:
        rig.site.hub.knobs = Knobs(mergeable_null=2)
        assert rig.tick().outcomes[-1].did is Did.MERGED
        assert rig.slept


def test_mergeability_that_stays_unknown_waits_for_the_next_tick(tmp_path: Path) -> None:
    with github_rig(tmp_path) as rig:
        rig.site.hub.knobs = Knobs(mergeable_null=99)
        assert rig.tick().outcomes[-1].did is Did.NOT_YET
        rig.site.hub.knobs = Knobs()
        rig.pass_time(MINUTE)
        assert rig.tick().outcomes[-1].did is Did.MERGED


@pytest.mark.parametrize("limit", [faults.secondary_limit, faults.too_many])
def test_a_limit_is_waited_for_as_long_as_github_says(tmp_path: Path, limit: object) -> None:
    with github_rig(tmp_path) as rig:
        rig.github.faults.append(limit("/pulls$", seconds=7))  # type: ignore[operator]
        assert rig.tick().outcomes[-1].did is Did.MERGED
        assert 7.0 in rig.slept
        assert len(rig.site.pulls()) == 1


def test_a_limit_without_a_time_is_a_minute(tmp_path: Path) -> None:
    with github_rig(tmp_path) as rig:
        rig.limit = 300.0
        rig.github.faults.append(faults.secondary_limit("/pulls$", seconds=None))
        assert rig.tick().outcomes[-1].did is Did.MERGED
        assert max(rig.slept) >= 60.0


def test_no_wait_outlasts_the_tick_and_nothing_is_half_made(tmp_path: Path) -> None:
    with github_rig(tmp_path) as rig:
        far = int(rig.at.timestamp()) + 3600
        rig.github.faults.append(faults.primary_limit("graphql|/", reset=far, times=99))
        with pytest.raises(ForgeError, match=r"(?i)rate|limit"):
            rig.tick()
        assert not rig.slept
        assert rig.state()["pulls"] == []
        rig.github.faults.clear()
        assert rig.tick().outcomes[-1].did is Did.MERGED


def test_a_limit_in_the_middle_of_a_tick_leaves_what_the_next_one_finishes(tmp_path: Path) -> None:
    with github_rig(tmp_path) as rig:
        rig.github.faults.append(faults.secondary_limit("/statuses/", seconds=9999, times=99))
        _tolerant(rig)
        assert rig.on_base() == 5  # not merged without its status
        rig.github.faults.clear()
        rig.tick()
        assert (rig.on_base(), len(rig.site.pulls())) == (20, 1)


def _tolerant(rig: GitHubRig) -> None:
    try:
        rig.tick()
    except PromoterError:
        return


def test_the_queue_merges_what_the_bot_put_there_and_a_sick_one_is_taken_out(tmp_path: Path) -> None:
    from tests.fakes.github import merging  # noqa: PLC0415 - the queue's own side

    with github_rig(tmp_path) as rig:
        rig.site.hub.rules = Rules(merge_queue=True)
        rig.tick()
        assert rig.site.pull().queued
        assert rig.on_base() == 5
        rig.save()
        rig.pass_time(3 * MINUTE)
        rig.fall_sick(3)
        rig.tick()
        assert not rig.site.pull("5-to-20").queued
        rig.restore()
        merging.run_queue(rig.site.hub)
        rig.follow()
        assert rig.on_base() == 20
        rig.pass_time()
        rig.tick()
        assert rig.site.pull("20-to-50").queued


@pytest.mark.parametrize("heard", [(0, 2, 4), (0,), (4,), ()], ids=["all", "first", "last", "none"])
@pytest.mark.parametrize("sick", [False, True])
def test_ticks_that_were_dropped_change_nothing_of_where_it_ends(
    tmp_path: Path, heard: tuple[int, ...], *, sick: bool
) -> None:
    """Level-triggered: whichever of the earlier ticks ran, the last one leads to the same place."""
    ends: list[object] = []
    for minutes in ((0, 2, 4), heard):
        with github_rig(tmp_path / f"{len(ends)}", merge="approval") as rig:
            if sick:
                rig.fall_sick(-1)
            start = rig.at
            for when in (*minutes, 6, 7):
                rig.site.at = start + when * MINUTE
                rig.tick()
            pulls = [pull for pull in rig.site.pulls(state="open") if not sick or pull.draft]
            ends.append(
                ([(pull.head_ref, pull.draft) for pull in pulls], rig.state()["holds"], rig.on_base())
            )
    assert ends[0] == ends[1]


def test_an_answer_that_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MAX_BYTES", 1 << 20)
    monkeypatch.setattr(connection, "_WHOLE_SECONDS", 0.2)
    endless = repeat(b" " * (1 << 18))
    drip = repeat(b" ")
    for drops, pause in ((endless, 0.0), (drip, 0.05)):
        with github_rig(tmp_path / f"{pause}") as rig:
            rig.github.faults.append(faults.Fault("POST", "query Fleet", drops=drops, seconds=pause, times=9))
            with pytest.raises(ForgeError, match="no answer from GitHub"):
                rig.tick()
            rig.github.faults.clear()
            assert rig.tick().outcomes[-1].did is Did.MERGED


def test_graphqls_own_way_to_refuse_for_the_rate_is_understood(tmp_path: Path) -> None:
    with github_rig(tmp_path) as rig:
        rig.github.faults.append(faults.graphql_limit(times=99))
        with pytest.raises(ForgeError, match=r"(?i)rate limit"):
            rig.tick()
        assert not rig.slept  # it would last longer than the tick
