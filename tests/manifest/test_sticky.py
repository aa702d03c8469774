"""sticky: every rule of a sticky split, broken and kept; and the arithmetic behind the order rule."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise

import pytest

from promoter.errors import Severity
from promoter.manifest.sticky import sticky_problems, stray_filters
from promoter.manifest.surroundings import Surroundings
from tests.manifest.splits import HASHING, KEYLESS, RULE, STICKY, a_mesh, a_split, around


def told(found: Surroundings) -> list[str]:
    return [str(problem) for problem in sticky_problems(found)]


def test_a_split_that_keeps_the_rules_has_no_findings() -> None:
    assert told(around(a_split(), STICKY, RULE)) == []
    assert told(around(a_split(("v10", 0), ("v8", 95), ("v9", 5)), STICKY, candidates=("v9", "v10"))) == []
    assert told(around(a_split(("v8", 9500), ("v9", 500)), STICKY)) == []


def test_a_split_that_is_not_sticky_is_free_in_order_and_total() -> None:
    assert told(around(a_split(("v8", 80), ("v9", 5), ("v10", 2), first=()), candidates=("v9", "v10"))) == []


def test_consistent_hash_beside_a_sticky_filter_is_an_error() -> None:
    (problem,) = sticky_problems(around(a_split(), STICKY, HASHING))
    assert problem.severity is Severity.ERROR
    assert str(problem).startswith("mesh-1.yaml:6:")
    assert "joins the key" in problem.message


def test_consistent_hash_alone_is_told_as_what_it_is() -> None:
    (problem,) = sticky_problems(around(a_split(), HASHING))
    assert problem.severity is Severity.WARNING
    assert "on a pod, not on a version" in problem.message


def test_a_filter_on_a_route_with_one_destination_is_an_error() -> None:
    anywhere = STICKY.replace(", route: {name: split}", "")
    (problem,) = sticky_problems(around(a_split(), anywhere))
    assert "patches no-id, which has one destination" in problem.message
    assert problem.severity is Severity.ERROR
    assert told(
        around(a_split(first=()).replace("name: split,", "name: split, match: [{port: 80}],"), STICKY)
    )


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        (("v8", "v9", "v10"), ["v10"]),
        (("v9", "v10", "v8"), ["v9"]),
        (("v9", "v8", "v10"), []),
        (("v10", "v8", "v9"), []),
    ],
)
def test_every_candidate_borders_on_stable(order: tuple[str, ...], wrong: list[str]) -> None:
    weights = {"v8": 80, "v9": 10, "v10": 10}
    text = a_split(*((subset, weights[subset]) for subset in order))
    found = list(sticky_problems(around(text, STICKY, candidates=("v9", "v10"))))
    assert [problem.message.split()[0] for problem in found] == [f"yolo/{subset}" for subset in wrong]
    assert all(problem.severity is Severity.ERROR for problem in found)
    assert bool(_jumps(order)) == bool(wrong)  # the rule says what the arithmetic does


def _jumps(order: tuple[str, ...]) -> int:
    """Places that go from one candidate straight to the other while both climb in turn and go back."""
    steps = [(5, 5), (20, 5), (20, 20), (5, 20), (0, 20), (0, 40), (10, 40), (5, 5)]
    rounds = [{"v9": a, "v10": b, "v8": 100 - a - b} for a, b in steps]
    held = [[_holder(order, weights, place) for place in range(100)] for weights in rounds]
    return sum(
        {one, other} == {"v9", "v10"}
        for before, now in pairwise(held)
        for one, other in zip(before, now, strict=True)
    )


def _holder(order: tuple[str, ...], weights: dict[str, int], place: int) -> str:
    return order[bisect_right(list(accumulate(weights[subset] for subset in order)), place)]


def test_a_total_that_somebody_will_correct_is_told() -> None:
    (problem,) = sticky_problems(around(a_split(("v8", 95), ("v9", 20)), STICKY))
    assert problem.severity is Severity.WARNING
    assert "sum to 115" in problem.message


def test_a_filter_that_hashes_nothing_is_an_error() -> None:
    nothing = STICKY.replace("hash_policy:\n", "retry_policy:\n")
    (problem,) = sticky_problems(around(a_split(), nothing))
    assert "nothing is hashed" in problem.message
    assert problem.severity is Severity.ERROR


@pytest.mark.parametrize("first", [(), (KEYLESS.replace("x-device-id", "x-other"),)])
def test_requests_without_the_key_need_a_route_of_their_own(first: tuple[str, ...]) -> None:
    (problem,) = sticky_problems(around(a_split(first=first), STICKY))
    assert "requests without x-device-id" in problem.message
    assert problem.severity is Severity.WARNING


def test_that_route_must_come_first() -> None:
    assert len(told(around(a_split(first=(), last=(KEYLESS,)), STICKY))) == 1


def test_a_filter_for_a_route_that_is_not_here_is_an_error() -> None:
    everyone = (around(a_split()),)
    (problem,) = stray_filters(a_mesh(STICKY.replace("name: split", "name: spilt")), everyone)
    assert str(problem).startswith("mesh-0.yaml:17:")
    assert "'spilt', which is not here; here: no-id, split" in str(problem)
    elsewhere = STICKY.replace("yolo.example.com", "other.example.com").replace("name: split", "name: spilt")
    assert list(stray_filters(a_mesh(STICKY, elsewhere), everyone)) == []
