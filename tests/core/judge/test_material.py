"""material: a check's answers, or why they say nothing."""

from __future__ import annotations

import pytest

from promoter.core.ask import counter
from promoter.core.evidence import Answer, Query, Series, Unknown
from promoter.core.judge.material import Material, Missing, limit_of, too_early, unknown
from promoter.core.judge.verdict import Cause, Outcome
from tests.build import a_check
from tests.series import AT, NOW, a_gauge, a_quantile, a_subject

CHECK = a_check()
SUBJECT = a_subject(CHECK)
QUERY = counter(SUBJECT, CHECK.total, "v9-gray")


def material(answer: Answer | Unknown | None) -> Material:
    answers: dict[Query, Answer | Unknown] = {QUERY: answer} if answer is not None else {}
    return Material(subject=SUBJECT, check=CHECK, answers=answers, start=0.0)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (None, Cause.UNREACHABLE),
        (Unknown("down"), Cause.UNREACHABLE),
        (Answer(()), Cause.NO_DATA),
        (Answer((Series((), (NOW - 121,), (1.0,)),)), Cause.STALE),
    ],
)
def test_what_cannot_be_read_is_missing_with_its_query(answer: Answer | Unknown | None, cause: Cause) -> None:
    with pytest.raises(Missing) as caught:
        material(answer).fresh(QUERY)
    assert (caught.value.cause, caught.value.query) == (cause, QUERY.selector)
    verdict = unknown(CHECK, caught.value)
    assert (verdict.outcome, verdict.cause) == (Outcome.INCONCLUSIVE, cause)


def test_a_sample_of_exactly_the_freshness_limit_is_fresh() -> None:
    series = Series((), (NOW - 120,), (1.0,))
    assert material(Answer((series,))).fresh(QUERY) == (series,)


def test_the_limit_that_is_shown() -> None:
    assert limit_of(a_check(at_most=0.01)) == (0.01, False)
    assert limit_of(a_quantile()) == (0.01, False)
    assert limit_of(a_gauge(at_least=36.0)) == (36.0, True)
    assert limit_of(a_gauge(at_most=40.0, at_least=36.0)) == (40.0, False)


def test_before_the_evidence_begins_it_is_too_early() -> None:
    assert too_early(CHECK, None).eta is None
    assert too_early(CHECK, AT).eta == CHECK.threshold.window * CHECK.threshold.last
