"""6. A tick killed between any two external calls, then re-run, ends where an unkilled one ends.
Two ticks at once promote once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import promoter.forge.local as forge
from tests.invariants.rig import MINUTE, Rig


class Killed(BaseException):
    """The process is gone."""


def promotes(path: Path) -> Rig:
    return Rig(path)


def proposes(path: Path) -> Rig:
    return Rig(path, merge="approval")


def freezes(path: Path) -> Rig:
    rig = Rig(path)
    rig.script.sick_from = (rig.at - 10 * MINUTE).timestamp()
    return rig


def freezes_with_an_open_proposal(path: Path) -> Rig:
    rig = Rig(path, merge="approval")
    rig.tick()
    rig.pass_time()
    rig.script.sick_from = (rig.at - 4 * MINUTE).timestamp()
    return rig


def rolls_back_by_itself(path: Path) -> Rig:
    rig = Rig(path, on_fail="rollback")
    rig.script.sick_from = (rig.at - 10 * MINUTE).timestamp()
    return rig


def finds_a_revert(path: Path) -> Rig:
    rig = Rig(path, merge="approval")
    rig.tick()
    rig.git("revert", "--no-edit", "HEAD")
    rig.follow()
    rig.pass_time()
    return rig


def finds_a_veto(path: Path) -> Rig:
    rig = Rig(path, merge="approval")
    rig.tick()
    rig.git("branch", "-D", *rig.branches())
    rig.pass_time()
    return rig


def withdraws_what_is_out_of_date(path: Path) -> Rig:
    rig = Rig(path, merge="approval")
    rig.tick()
    rig.write("manifests/vs.yaml", rig.weights(7))
    rig.commit("by hand")
    rig.follow()
    rig.pass_time()
    return rig


SITUATIONS = [
    promotes,
    proposes,
    freezes,
    freezes_with_an_open_proposal,
    rolls_back_by_itself,
    finds_a_revert,
    finds_a_veto,
    withdraws_what_is_out_of_date,
]
DEEDS: dict[str, Callable[[Rig], object]] = {
    "tick": lambda rig: rig.tick(),
    "resume": lambda rig: rig.resume(),
    "rollback": lambda rig: rig.roll_back(),
    "pause": lambda rig: rig.pause(),
}


class Effects:
    """Counts every change of a ref and of a work tree, and lets something happen around one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.target = -1
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None
        for name in ("update_refs", "follow"):
            monkeypatch.setattr(forge, name, self._around(getattr(forge, name)))

    def _around(self, effect: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            here, self.count = self.count, self.count + 1
            if here == self.target and self.before:
                self.before()
            result = effect(*arguments, **named)
            if here == self.target and self.after:
                self.after()
            return result

        return wrapped

    def reset(self) -> None:
        self.count, self.target, self.before, self.after = 0, -1, None, None


def die() -> None:
    raise Killed


def settled(rig: Rig, deed: Callable[[Rig], object]) -> dict[str, object]:
    """Where it ends: the deed, then a clean tick that finds nothing more to do."""
    deed(rig)
    rig.tick()
    return rig.state()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_tick_killed_anywhere_ends_where_an_unkilled_one_ends(
    situation: Callable[[Path], Rig], tmp_path: Path, effects: Effects
) -> None:
    rig = situation(tmp_path / "golden")
    effects.reset()
    rig.tick()
    count = effects.count
    assert count > 0  # something is done at all
    rig.tick()
    golden = rig.state()
    for place in range(count):
        for moment in ("before", "after"):
            rig = situation(tmp_path / f"{place}-{moment}")
            effects.reset()
            effects.target = place
            setattr(effects, moment, die)
            with pytest.raises(Killed):
                rig.tick()
            effects.reset()
            assert settled(rig, DEEDS["tick"]) == golden, (place, moment)


@pytest.mark.parametrize("name", ["resume", "rollback", "pause"])
def test_a_humans_command_killed_anywhere_can_be_given_again(
    name: str, tmp_path: Path, effects: Effects
) -> None:
    def held(path: Path) -> Rig:
        rig = freezes(path)
        rig.tick()
        rig.pass_time(MINUTE)
        return rig

    rig = held(tmp_path / "golden")
    effects.reset()
    DEEDS[name](rig)
    count = effects.count
    assert count > 0
    rig.tick()
    golden = rig.state()
    for place in range(count):
        rig = held(tmp_path / f"{place}")
        effects.reset()
        effects.target, effects.after = place, die
        with pytest.raises(Killed):
            DEEDS[name](rig)
        effects.reset()
        assert settled(rig, DEEDS[name]) == golden, place


@pytest.mark.parametrize("situation", SITUATIONS)
def test_two_ticks_at_once_end_where_one_ends(
    situation: Callable[[Path], Rig], tmp_path: Path, effects: Effects
) -> None:
    rig = situation(tmp_path / "golden")
    effects.reset()
    before = rig.on_base()
    rig.tick()
    count = effects.count
    rig.tick()
    golden, end = rig.state(), rig.on_base()
    for place in range(count):
        rig = situation(tmp_path / f"{place}")
        effects.reset()
        effects.target, effects.before = place, _another(rig, effects)
        rig.tick()
        effects.reset()
        rig.tick()
        assert rig.on_base() == end, place  # at most one step, whoever made it
        assert rig.state() == golden, place
    assert end == before or len({before, end}) == 2


def _another(rig: Rig, effects: Effects) -> Callable[[], None]:
    """A whole tick of another process, at this very moment."""

    def run() -> None:
        effects.reset()
        rig.tick()

    return run


def test_a_tick_run_twice_changes_nothing_the_second_time(tmp_path: Path, effects: Effects) -> None:
    for number, situation in enumerate(SITUATIONS):
        rig = situation(tmp_path / f"{number}")
        rig.tick()
        rig.tick()
        before = rig.git("for-each-ref")
        effects.reset()
        rig.tick()
        assert rig.git("for-each-ref") == before, situation.__name__
