"""subject: the shares the judge expects, and what a health says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from promoter.core.judge.verdict import Outcome
from tests.build import AT, a_health, a_situation, a_verdict

SUBJECT = a_situation().subject()


@pytest.mark.parametrize(
    ("percent", "stable", "share"), [(5, 95, 0.05), (5, 45, 0.1), (100, 0, 1.0), (20, 20, 0.5)]
)
def test_the_share_is_among_the_requests_of_the_two_versions(percent: int, stable: int, share: float) -> None:
    subject = replace(SUBJECT, percent=Fraction(percent), stable_percent=Fraction(stable))
    assert subject.share == pytest.approx(share)


@pytest.mark.parametrize(("before", "share"), [(1, 0.01), (0, 0.0), (None, None), (5, None), (300, 1.0)])
def test_the_share_before_is_known_where_the_split_changed(before: int | None, share: float | None) -> None:
    subject = replace(SUBJECT, before=Fraction(before) if before is not None else None)
    assert subject.share_before == share


def test_a_health_sorts_its_verdicts() -> None:
    good, bad, open_ = (a_verdict(outcome) for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE))
    health = a_health(good, bad, open_)
    assert (health.failed, health.open) == ((bad,), (open_,))


def test_the_bake_counts_from_the_first_evidence_and_never_below_nothing() -> None:
    assert a_health(baked=timedelta(minutes=20)).baked(AT) == timedelta(minutes=20)
    assert a_health(baked=None).baked(AT) == timedelta(0)
    assert a_health(baked=-timedelta(minutes=1)).baked(AT) == timedelta(0)
