"""shares: the bookkeeping between windows of counts and a verdict."""

from __future__ import annotations

from promoter.core.counting import Windows
from promoter.core.judge.counts import Counts
from promoter.core.judge.material import Material
from promoter.core.judge.share_windows import judged
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from tests.build import a_check
from tests.series import RULE, a_subject

CHECK = a_check(at_most=0.1, threshold=RULE)
ZERO = [0.0] * 5
FULL = [100.0] * 5


def verdict(
    surely: list[float], doubtful: list[float] | None = None, total: list[float] = FULL, note: str = ""
) -> Verdict:
    material = Material(subject=a_subject(CHECK), check=CHECK, answers={}, start=0.0)
    gray = Counts(bad=surely, doubtful=doubtful or surely, total=total)
    stable = Counts(bad=ZERO, doubtful=ZERO, total=FULL)
    return judged(material, Windows(0.0, 60.0, 5), gray, stable, note=note or None)


def test_between_two_edges_neither_passes_nor_fails() -> None:
    found = verdict([5.0] * 5, [20.0] * 5, note="judged at 25 ms and 100 ms")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.note is not None
    assert "undecided between the two edges" in found.note


def test_only_what_is_surely_over_fails_and_only_what_is_surely_within_passes() -> None:
    assert verdict([20.0] * 5, [30.0] * 5).outcome is Outcome.FAIL
    assert verdict([5.0] * 5, [10.0] * 5).outcome is Outcome.PASS


def test_windows_without_requests_say_nothing() -> None:
    found = verdict(ZERO, total=[100.0, 100.0, 0.0, 100.0, 100.0])
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.NO_DATA)


def test_the_readings_are_kept_for_the_evidence() -> None:
    found = verdict([1.0, 2.0, 3.0, 4.0, 5.0])
    assert [reading.bad for reading in found.readings] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert found.samples == 500
