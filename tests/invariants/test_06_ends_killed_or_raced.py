"""6, at a release's two ends: introduce and finish, killed anywhere and given again, end where unkilled ones end.

Their two files change together or not at all, whoever else is at work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.invariants.ends_rig import GRAY, NEW, NEXT, OLD, STABLE, EndsRig
from tests.invariants.rig import MINUTE
from tests.invariants.test_06_killed_or_raced import Effects, Killed, die


def introduces(path: Path) -> EndsRig:
    return EndsRig(path, merge="approval")


def replaces_an_introduction(path: Path) -> EndsRig:
    rig = EndsRig(path, merge="approval")
    rig.introduce("registry.example.com/yolo:9.9")
    return rig


def introduces_over_a_promotion(path: Path) -> EndsRig:
    rig = EndsRig(path, merge="approval")
    rig.tick()
    return rig


def finishes(path: Path) -> EndsRig:
    rig = EndsRig(path, gray=100)
    rig.pass_time()
    return rig


Deed = Callable[[EndsRig], object]
CASES: list[tuple[Callable[[Path], EndsRig], Deed]] = [
    (introduces, lambda rig: rig.introduce()),
    (introduces, lambda rig: rig.introduce(merge=True)),
    (replaces_an_introduction, lambda rig: rig.introduce(merge=True)),
    (introduces_over_a_promotion, lambda rig: rig.introduce(merge=True)),
    (finishes, lambda rig: rig.finish()),
    (finishes, lambda rig: rig.finish(merge=True)),
]
IDS = ["propose", "merge", "replace", "over a promotion", "propose a finish", "merge a finish"]

# What the three files may say together: before, after an introduction, after a finish.
TOGETHER = {(0, NEW, OLD), (5, NEW, OLD), (20, NEW, OLD), (100, NEW, OLD), (1, NEXT, OLD), (0, NEW, NEW)}


def whole(rig: EndsRig) -> bool:
    """Base is in no state that nobody asked for, and the work tree shows it."""
    return (rig.on_base(), rig.image(GRAY), rig.image(STABLE)) in TOGETHER


def again(rig: EndsRig, deed: Deed) -> None:
    """The command once more, and a tick after it. What was merged is nothing to do, or refused as done."""
    deed(rig)
    rig.tick()


@pytest.mark.parametrize(("situation", "deed"), CASES, ids=IDS)
def test_a_command_killed_anywhere_and_given_again_ends_where_an_unkilled_one_ends(
    situation: Callable[[Path], EndsRig], deed: Deed, tmp_path: Path, effects: Effects
) -> None:
    rig = situation(tmp_path / "golden")
    effects.reset()
    deed(rig)
    count = effects.count
    assert count > 0  # something is done at all
    rig.tick()
    golden, end = rig.state(), rig.on_base()
    for place in range(count):
        for moment in ("before", "after"):
            rig = situation(tmp_path / f"{place}-{moment}")
            effects.reset()
            effects.target = place
            setattr(effects, moment, die)
            with pytest.raises(Killed):
                deed(rig)
            effects.reset()
            assert whole(rig), (place, moment)
            rig.follow()
            again(rig, deed)
            assert (rig.state(), rig.on_base()) == (golden, end), (place, moment)


@pytest.mark.parametrize(("situation", "deed"), CASES, ids=IDS)
def test_a_tick_in_between_leaves_the_files_together(
    situation: Callable[[Path], EndsRig], deed: Deed, tmp_path: Path, effects: Effects
) -> None:
    rig = situation(tmp_path / "golden")
    effects.reset()
    deed(rig)
    count = effects.count
    for place in range(count):
        rig = situation(tmp_path / f"{place}")
        effects.reset()
        effects.target, effects.before = place, _tick(rig, effects)
        deed(rig)
        effects.reset()
        assert whole(rig), place
        rig.tick()
        assert whole(rig), place


@pytest.mark.parametrize("deed", [CASES[1][1], CASES[0][1]], ids=["merge", "propose"])
def test_two_pipelines_at_once_leave_one_introduction(deed: Deed, tmp_path: Path, effects: Effects) -> None:
    rig = introduces(tmp_path / "golden")
    effects.reset()
    deed(rig)
    count = effects.count
    rig.tick()
    golden = rig.state()
    for place in range(count):
        rig = introduces(tmp_path / f"{place}")
        effects.reset()
        effects.target, effects.before = place, _another(rig, deed, effects)
        deed(rig)
        effects.reset()
        rig.tick()
        assert rig.state() == golden, place
        assert whole(rig), place


def test_an_introduction_that_lost_the_race_to_a_promotion_is_not_merged(
    tmp_path: Path, effects: Effects
) -> None:
    rig = EndsRig(tmp_path)
    effects.reset()
    effects.target, effects.before = 1, _tick(rig, effects)  # between the proposal and its merge
    rig.introduce(merge=True)
    assert (rig.on_base(), rig.image(GRAY)) == (20, NEW)
    rig.pass_time(MINUTE)
    rig.introduce(merge=True)
    assert (rig.on_base(), rig.image(GRAY)) == (1, NEXT)


def _tick(rig: EndsRig, effects: Effects) -> Callable[[], None]:
    return _another(rig, lambda rig: rig.tick(), effects)


def _another(rig: EndsRig, deed: Deed, effects: Effects) -> Callable[[], None]:
    """A whole command of another process, at this very moment."""

    def run() -> None:
        effects.reset()
        deed(rig)

    return run
