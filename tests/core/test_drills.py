"""drills: a leg is held against the same leg of earlier drills that went well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoter.core.drills import LAST, Drill, DrillKind, Leg, compare, last_increase
from promoter.core.evidence import Series
from tests.build import AT


def a_drill(seconds: float | None = 1.0, **changes: object) -> Drill:
    drill = Drill(
        rollout="yolo",
        kind=DrillKind.ROLLBACK,
        at=AT,
        by="Ada",
        live=False,
        legs=(Leg(name="merge", seconds=seconds),),
    )
    return replace(drill, **changes)  # type: ignore[arg-type]


def test_the_first_drill_has_nothing_to_be_compared_with() -> None:
    (one,) = compare(a_drill(), ())
    assert (one.last, one.usual, one.slower) == (None, None, False)


def test_the_last_and_the_median_stand_beside_it() -> None:
    (one,) = compare(a_drill(), [a_drill(s) for s in (1.0, 9.0, 2.0)])
    assert (one.last, one.usual) == (2.0, 2.0)


@pytest.mark.parametrize(
    ("now", "usual", "slower"),
    [(4.1, 2.0, True), (4.0, 2.0, False), (1.0, 0.1, False), (1.11, 0.1, True), (None, 1.0, False)],
    ids=["more than twice", "twice", "within a second", "more than a second", "not measured"],
)
def test_slower_is_more_than_twice_and_more_than_a_second(
    now: float | None, usual: float, *, slower: bool
) -> None:
    assert compare(a_drill(now), [a_drill(usual)])[0].slower is slower


@pytest.mark.parametrize(
    "changes",
    [{"kind": DrillKind.PAUSE}, {"live": True}, {"problem": "it was not merged"}],
    ids=["another kind", "another place", "it failed"],
)
def test_what_is_not_alike_does_not_count(changes: dict[str, object]) -> None:
    assert compare(a_drill(), [a_drill(9.0, **changes)])[0].usual is None


def test_only_the_last_ones_count() -> None:
    before = [a_drill(100.0)] * LAST + [a_drill(1.0)] * LAST
    assert compare(a_drill(), before)[0].usual == 1.0


def test_all_measured_legs_add_up() -> None:
    legs = (Leg(name="a", seconds=1.0), Leg(name="b", note="no"), Leg(name="c", seconds=0.5))
    assert a_drill(legs=legs).seconds == 1.5


def test_the_last_increase_is_the_newest_of_all_series() -> None:
    step = timedelta(seconds=15).total_seconds()
    times = tuple(step * n for n in range(4))
    one = Series((), times, (0.0, 1.0, 1.0, 1.0))
    other = Series((), times, (0.0, 0.0, 2.0, 1.0))  # the drop is a restart, and no request
    assert last_increase([one, other]) == 2 * step
    assert last_increase([Series((), times, (3.0,) * 4)]) is None
    assert last_increase([]) is None
