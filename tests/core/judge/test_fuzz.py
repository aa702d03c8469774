"""judge: whatever Prometheus answers, a verdict and never an exception; and nothing passes on too little."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoter.core.ask import ask, split
from promoter.core.evidence import (
    Answer,
    Answers,
    InstantValue,
    Query,
    RangeValues,
    RawSamples,
    Series,
    Unknown,
)
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Outcome
from promoter.core.policy import Check, Rule
from promoter.core.subject import Health, Subject
from promoter.report.proofs import evidence_lines
from promoter.report.sentences import verdict_line
from tests.build import a_check, a_template
from tests.series import AT, BEGAN, NOW, RULE, a_gauge, a_quantile, a_subject, answers, healthy, text_of

BEFORE = timedelta(minutes=45)
CHECKS: tuple[Check, ...] = (
    a_check(at_most=0.01, threshold=RULE),
    a_check(at_most=0.01, threshold=RULE, expect=1.0),
    a_check(at_most=0.01, threshold=RULE, expect=-0.999),
    a_quantile(),
    a_quantile(expect=1.0),
    a_quantile(limit=40.0),
    a_gauge(at_least=36.0),
    a_gauge(at_most=40.0),
    a_gauge(growth_at_most=0.15),
    a_gauge(at_least=36.0, at_most=90.0, within=0.02, growth_at_most=0.15, expect=0.1),
    replace(a_gauge(at_least=36.0, within=0.02), stderr=a_template("map50_error")),
    replace(a_gauge(within=0.02), samples=a_template("map50_error")),
)
HOSTILE = (
    *(0.0, -0.0, 1.0, -1.0, 37.0, 36.9, -37.0, 1e-320, 1e-12, 1e15, 1e18, 1e100, 1e200, 1.7e308, -1.7e308),
    *(math.nan, math.inf, -math.inf),
)

values = st.one_of(st.sampled_from(HOSTILE), st.floats(), st.floats(0, 100), st.integers(0, 10**6).map(float))
moments = st.lists(st.integers(0, 400), min_size=0, max_size=25, unique=True).map(sorted)
labels = st.dictionaries(
    st.sampled_from(["pod", "instance", "code", "le", "prometheus_replica"]),
    st.sampled_from(["a", "b", "25", "50.0", "+Inf", "NaN", "", "🦆\n"]),
    max_size=3,
).map(lambda found: tuple(sorted(found.items())))


@st.composite
def hostile_series(draw: st.DrawFn) -> Series:
    """A series of any values at any moments of the last 100 minutes; often a counter that behaves for a while."""
    at = [NOW - 15.0 * (400 - place) for place in draw(moments)]
    numbers: list[float]
    behaves, breaks = draw(st.booleans()), draw(st.booleans())
    if behaves:
        rates = draw(st.lists(st.integers(0, 400), min_size=len(at), max_size=len(at)))
        numbers = [float(sum(rates[: index + 1])) for index in range(len(at))]
        if numbers and breaks:
            numbers[draw(st.integers(0, len(at) - 1))] = draw(values)
    else:
        numbers = draw(st.lists(values, min_size=len(at), max_size=len(at)))
    return Series(draw(labels), tuple(at), tuple(numbers))


def unique(series: Sequence[Series]) -> tuple[Series, ...]:
    """Prometheus answers no two series with the same labels."""
    return tuple({one.labels: one for one in series}.values())


@st.composite
def hostile_answers(draw: st.DrawFn, subject: Subject) -> dict[Query, Answer | Unknown]:
    """To some queries anything, to the others what a healthy rollout answers."""
    found: dict[Query, Answer | Unknown] = {}
    calm = set(split(subject)) if subject.percent and draw(st.integers(0, 4)) else set()
    for query in ask(subject):
        kinds = ["healthy", "hostile", "hostile", "hostile", "empty", "unknown", "unasked"]
        kind = "healthy" if query in calm else draw(st.sampled_from(kinds))
        match kind:
            case "healthy":
                found[query] = Answer(tuple(healthy(query)))
            case "hostile":
                most = 1 if isinstance(query, RangeValues) and draw(st.booleans()) else 4
                series = draw(st.lists(hostile_series(), max_size=most))
                found[query] = Answer(unique(series))
            case "empty":
                found[query] = Answer(())
            case "unknown":
                found[query] = Unknown("the answer is partial")
            case _:
                pass  # as if it had not been asked
    return found


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    """Any check by either rule, anywhere on the ladder, at a hand-set weight, after a resume, with stable gone."""
    check = replace(draw(st.sampled_from(CHECKS)), rule=draw(st.sampled_from(Rule)))
    percent = draw(st.sampled_from([0, 1, 7, 20, 50, 100]))
    since = BEGAN + timedelta(seconds=draw(st.integers(-1800, 700)))
    return a_subject(
        check,
        percent=percent,
        before=draw(st.sampled_from([None, 0, 5, 100])),
        following=Fraction(draw(st.sampled_from([1, 50, 100])))
        if percent < 100 and draw(st.booleans())
        else None,
        stable_percent=Fraction(100 - percent) if percent else Fraction(draw(st.sampled_from([100, 80]))),
        since=since,
        climbing_since=since - draw(st.sampled_from([timedelta(0), BEFORE])),
    )


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_no_answer_raises_and_every_verdict_can_be_told(data: st.DataObject) -> None:
    subject = data.draw(subjects())
    health = judge(subject, data.draw(hostile_answers(subject)))
    for verdict in health.verdicts:
        assert verdict_line(verdict)
        evidence_lines(verdict)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.randoms(use_true_random=False))
def test_the_order_of_series_changes_nothing(data: st.DataObject, rng: random.Random) -> None:
    subject = data.draw(subjects())
    given_order = data.draw(hostile_answers(subject))
    assert _same(judge(subject, given_order), judge(subject, _shuffled(given_order, rng)))


def _shuffled(found: Answers, rng: random.Random) -> Answers:
    mixed: dict[Query, Answer | Unknown] = {}
    for query, answer in sorted(found.items(), key=lambda _: rng.random()):
        if isinstance(answer, Answer):
            mixed[query] = Answer(tuple(rng.sample(answer.series, len(answer.series))))
        else:
            mixed[query] = answer
    return mixed


def _same(one: Health, other: Health) -> bool:
    return repr(one) == repr(other)  # a NaN is not equal to itself, its text is


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_what_is_not_known_never_passes(data: st.DataObject) -> None:
    """Everything is healthy but one query that the check needs: no answer, none fresh, or no number."""
    check = replace(data.draw(st.sampled_from(CHECKS)), rule=data.draw(st.sampled_from(Rule)))
    subject = a_subject(check)
    needed = [query for query in ask(subject) if _is_needed(query)]
    missing = data.draw(st.sampled_from(needed))
    broken: dict[Query, Answer | Unknown] = dict(answers(subject))
    useless: list[Answer | Unknown] = [Unknown("no answer"), *_useless(missing)]
    broken[missing] = data.draw(st.sampled_from(useless))
    (verdict,) = judge(subject, broken).verdicts
    assert verdict.outcome is Outcome.INCONCLUSIVE


def _is_needed(query: Query) -> bool:
    """The candidate's own numbers; what is published of errors may be absent, and so may bad events."""
    text = text_of(query)
    return "v9-gray" in text and "error" not in text


def _useless(query: Query) -> list[Answer]:
    old = [series for one in healthy(query) for series in [_cut(one, NOW - 400)]]
    wrong = [Series(one.labels, one.times, (*one.values[:-1], math.nan)) for one in healthy(query)]
    match query:
        case RawSamples():
            return [Answer(()), Answer(tuple(old)), Answer(tuple(wrong))]
        case RangeValues():
            return [Answer(()), Answer(tuple(wrong)), Answer((*wrong, *old))]
        case InstantValue():
            return [Answer(()), Answer(tuple(wrong))]


def _cut(series: Series, end: float) -> Series:
    kept = [(t, v) for t, v in zip(series.times, series.values, strict=True) if t <= end]
    return Series(series.labels, tuple(t for t, _ in kept), tuple(v for _, v in kept))


@pytest.mark.parametrize("requests", [0, 1, 5, 20, 100])
def test_a_share_that_few_requests_showed_is_not_proven(requests: int) -> None:
    """Of 1 %, at the bar 1.5 %: at least 199 requests without an error would be needed."""
    subject = a_subject(
        a_check(at_most=0.01, rule=Rule.SEQUENTIAL), before=None, since=AT - timedelta(minutes=30)
    )

    def few(query: Query) -> list[Series] | None:
        if not isinstance(query, RawSamples) or "v9-gray" not in query.selector or "errors" in query.selector:
            return None
        (plain,) = healthy(query)
        times = plain.times
        return [
            Series(plain.labels, times, tuple(requests * index / len(times) for index in range(len(times))))
        ]

    (verdict,) = judge(subject, answers(subject, few)).verdicts
    assert verdict.outcome is Outcome.INCONCLUSIVE
