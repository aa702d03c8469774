"""A tick on GitHub that something happens to at one of its calls, and where it has to end all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from promoter.errors import PromoterError
from promoter.forge.github import connection
from tests.fakes.github.server import Request
from tests.invariants.github_rig import GitHubRig, github_rig
from tests.invariants.github_situations import Situation, Watch


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


def alike(state: dict[str, Any]) -> dict[str, Any]:
    """Going back does not wait for a freeze that could not be recorded: the rollback's hold stands in its place."""
    holds = state["holds"]
    rolled_back = any(what.endswith("rolled back") and stands == "open" for stands, _, what in holds)
    return {**state, "holds": [hold for hold in holds if not (rolled_back and hold[2].endswith("frozen"))]}


def disturbed(rig: GitHubRig, watch: Watch, end: dict[str, Any], what: object) -> None:
    """The tick that something happens to, then two clean ones: the end is the golden one."""
    with suppress(Killed, PromoterError):
        rig.tick()
    rig.github.faults.clear()
    knobs = rig.site.hub.knobs
    knobs.lag_reads = 0
    for _ in range(2):
        rig.tick()
    assert alike(rig.state()) == alike(end), what
    assert watch.told == [], what
    standing = [hold.title for hold in rig.site.holds("open")]
    assert len(standing) == len(set(standing)), what
    rig.restore()
