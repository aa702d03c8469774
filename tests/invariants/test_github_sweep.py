"""6, on GitHub. A tick killed, cut off, refused or misled at any external call, then re-run, ends where an undisturbed one ends; two ticks at once do what one does. The other invariants hold after every single request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from promoter.errors import PromoterError
from promoter.forge.github import connection
from tests.fakes.github.faults import Fault
from tests.fakes.github.server import Request
from tests.invariants.github_rig import GitHubRig, github_rig
from tests.invariants.github_situations import SITUATIONS, Situation, Watch


class Killed(BaseException):
    """The process is gone."""


class Wire:
    """Counts the requests of the forge, and kills its process around one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.before, self.after = 0, -1, -1
        exchange: Callable[..., Any] = connection._exchange

        def counted(*arguments: Any) -> Any:
            here, self.count = self.count, self.count + 1
            if here == self.before:
                raise Killed
            answer = exchange(*arguments)
            if here == self.after:
                raise Killed
            return answer

        monkeypatch.setattr(connection, "_exchange", counted)

    def reset(self) -> None:
        self.count, self.before, self.after = 0, -1, -1


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(monkeypatch)


@contextmanager
def prepared(situation: Situation, place: Path) -> Iterator[GitHubRig]:
    with github_rig(place, merge=situation.merge, on_fail=situation.on_fail) as rig:
        situation.prepare(rig)
        rig.save()
        yield rig


def golden(rig: GitHubRig, wire: Wire) -> tuple[list[Request], dict[str, Any], Watch]:
    """An undisturbed tick: its calls, where it ends, and what base may be at on the way."""
    before, start = rig.on_base(), len(rig.github.log)
    wire.reset()
    rig.tick()
    calls = rig.github.log[start:]
    assert wire.count == len(calls)  # nothing goes past the counter
    rig.tick()
    end = rig.state()
    rig.restore()
    watch = Watch(rig, frozenset({before, end["base"]}))
    rig.github.watch = watch
    return calls, end, watch


def disturbed(rig: GitHubRig, watch: Watch, end: dict[str, Any], what: object) -> None:
    """The tick that something happens to, then two clean ones: the end is the golden one."""
    with suppress(Killed, PromoterError):
        rig.tick()
    rig.github.faults.clear()
    knobs = rig.site.hub.knobs
    knobs.lag_reads = 0
    for _ in range(2):
        rig.tick()
    assert rig.state() == end, what
    assert watch.told == [], what
    standing = [hold.title for hold in rig.site.holds("open")]
    assert len(standing) == len(set(standing)), what
    rig.restore()


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_tick_killed_before_or_after_any_call_ends_where_an_unkilled_one_ends(
    situation: Situation, tmp_path: Path, wire: Wire
) -> None:
    with prepared(situation, tmp_path) as rig:
        calls, end, watch = golden(rig, wire)
        for place, call in enumerate(calls):
            wire.reset()
            wire.before = place
            disturbed(rig, watch, end, ("before", place, call.operation))
            if call.writes:  # after a read all is as before the next call
                wire.reset()
                wire.after = place
                disturbed(rig, watch, end, ("after", place, call.operation))


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_tick_whose_replies_are_lost_or_errors_ends_where_an_undisturbed_one_ends(
    situation: Situation, tmp_path: Path, wire: Wire
) -> None:
    with prepared(situation, tmp_path) as rig:
        calls, end, watch = golden(rig, wire)
        for place, call in enumerate(calls):
            faults = [Fault(skip=place, status=502, times=1 if call.writes else 3)]
            if call.writes:
                faults += [Fault(skip=place, reply="lose"), Fault(skip=place, reply="after", status=504)]
            for fault in faults:
                rig.github.faults.append(fault)
                disturbed(rig, watch, end, (fault.reply or "5xx", place, call.operation))
                assert fault.hits > 0


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_tick_that_reads_what_was_a_moment_ago_ends_where_an_informed_one_ends(
    situation: Situation, tmp_path: Path, wire: Wire
) -> None:
    with prepared(situation, tmp_path) as rig:
        calls, end, watch = golden(rig, wire)
        for place, call in enumerate(calls):
            if call.writes:
                continue
            for writes in (1, 3):
                rig.github.faults.append(Fault(skip=place, before=partial(_late, rig, writes)))
                disturbed(rig, watch, end, ("stale", writes, place, call.operation))


def _late(rig: GitHubRig, writes: int) -> None:
    knobs = rig.site.hub.knobs
    knobs.lag_reads, knobs.lag_writes = 1, writes


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_two_ticks_at_once_end_where_one_ends(situation: Situation, tmp_path: Path, wire: Wire) -> None:
    """A whole tick of another process right before, and right after, each write of the first."""
    with prepared(situation, tmp_path) as rig:
        calls, end, watch = golden(rig, wire)
        watch.holds = 2  # GitHub has no compare-and-set for issues: the later one ends at the next tick
        for place, call in enumerate(calls):
            if not call.writes:
                continue
            for moment in ("before", "after"):
                fault = Fault(skip=place)
                setattr(fault, moment, lambda: rig.tick(clone="other"))
                rig.github.faults.append(fault)
                disturbed(rig, watch, end, (moment, place, call.operation))
                assert fault.hits == 1
