"""judge: a candidate's answers → applied, since when evidence counts, and a verdict for each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoter.core.ask import ask
from promoter.core.evidence import Answer, InstantValue, Query, RawSamples, Series, Unknown
from promoter.core.judge.judge import judge
from promoter.core.judge.verdict import Cause, Outcome, Verdict
from promoter.core.subject import Seen, Subject
from tests.build import a_check
from tests.series import (
    AT,
    BEGAN,
    NOW,
    RULE,
    a_counter,
    a_gauge,
    a_quantile,
    a_subject,
    answers,
    healthy,
    text_of,
)

CHECKS = (a_check(at_most=0.01, threshold=RULE), a_quantile(), a_gauge(at_least=36, within=0.02))
SUBJECT = a_subject(*CHECKS)


def verdicts(
    subject: Subject, change: Callable[[Query], list[Series] | None] = lambda _: None
) -> dict[str, Verdict]:
    return {verdict.check: verdict for verdict in judge(subject, answers(subject, change)).verdicts}


def test_everything_healthy_passes_in_the_policys_order() -> None:
    health = judge(SUBJECT, answers(SUBJECT))
    assert health.applied.seen is Seen.APPLIED
    assert [verdict.outcome for verdict in health.verdicts] == [Outcome.PASS] * 3
    assert [verdict.check for verdict in health.verdicts] == [check.name for check in CHECKS]


def test_the_same_answers_give_the_same_verdicts() -> None:
    given_ = answers(SUBJECT)
    assert judge(SUBJECT, given_) == judge(SUBJECT, dict(reversed(list(given_.items()))))


def test_evidence_counts_from_when_the_split_settled() -> None:
    settled = replace(SUBJECT, policy=replace(SUBJECT.policy, settle=timedelta(minutes=2)))
    health = judge(settled, answers(settled))
    assert health.baked_from is not None
    assert timedelta(seconds=90) <= health.baked_from - BEGAN <= timedelta(seconds=150)


def test_a_resume_starts_the_evidence_anew() -> None:
    resumed = replace(SUBJECT, since=AT - timedelta(minutes=3))
    health = judge(resumed, answers(resumed))
    assert health.baked_from == resumed.since
    assert {verdict.cause for verdict in health.verdicts} == {Cause.TOO_EARLY}


def test_while_the_split_is_not_applied_nothing_is_judged() -> None:
    def stuck(query: Query) -> list[Series] | None:
        gray = "v9-gray" in text_of(query)
        return [a_counter(5.0 if gray else 95.0)] if "requests_total" in text_of(query) else None

    health = judge(SUBJECT, answers(SUBJECT, stuck))
    assert health.baked_from is None
    assert {verdict.cause for verdict in health.verdicts} == {Cause.TOO_EARLY}


@pytest.mark.parametrize("place", range(len(ask(SUBJECT))))
@pytest.mark.parametrize(
    "answer",
    [
        Unknown("partial answer"),
        Answer(
            (Series((("pod", "a"),), (NOW - 900,), (1.0,)), Series((("pod", "b"),), (NOW - 900,), (1.0,)))
        ),
        Answer((Series((), (NOW - 15, NOW), (float("nan"), float("nan"))),)),
    ],
    ids=["unknown", "stale and several", "not a number"],
)
def test_no_single_bad_answer_lets_everything_pass(place: int, answer: Answer | Unknown) -> None:
    query = ask(SUBJECT)[place]
    health = judge(SUBJECT, {**answers(SUBJECT), query: answer})
    healthy_all = health.applied.seen is Seen.APPLIED and all(
        v.outcome is Outcome.PASS for v in health.verdicts
    )
    text = text_of(query)
    # Stable's counts are a comparison, and an error series that ended has no errors since.
    harmless = isinstance(query, RawSamples) and ("v8-stable" in text or "errors_total" in text)
    assert not healthy_all or (harmless and isinstance(answer, Answer))


def test_at_zero_the_targets_must_be_up_and_requests_are_not_asked_about() -> None:
    zero = a_subject(*CHECKS, percent=0, before=None)
    found = verdicts(zero)
    assert found["ready"].outcome is Outcome.PASS
    assert found["success-rate"].cause is Cause.NOT_ASKED
    assert found["map50"].outcome is Outcome.PASS

    def down(query: Query) -> list[Series] | None:
        up = isinstance(query, InstantValue) and query.expr.startswith("up")
        return [Series((), (NOW,), (0.0,))] if up else None

    assert verdicts(zero, down)["ready"].cause is Cause.NOT_READY
    gone = verdicts(zero, lambda query: [] if text_of(query).startswith("up") else None)
    assert gone["ready"].outcome is Outcome.INCONCLUSIVE


def test_at_zero_a_gauge_that_does_not_answer_is_left_out_and_one_that_fails_counts() -> None:
    zero = a_subject(*CHECKS, percent=0, before=None)
    silent = verdicts(zero, lambda query: [] if "map50" in text_of(query) else None)
    assert "map50" not in silent

    def low(query: Query) -> list[Series] | None:
        if "map50" not in text_of(query) or isinstance(query, InstantValue) or "v9" not in text_of(query):
            return None
        (series,) = healthy(query)
        return [replace(series, values=tuple(30.0 + i % 7 / 10 for i in range(len(series.values))))]

    assert verdicts(zero, low)["map50"].outcome is Outcome.FAIL


@settings(max_examples=25)
@given(st.integers(0, 30), st.integers(0, 30))
def test_more_errors_never_move_the_verdict_towards_pass(fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    order = {Outcome.PASS: 0, Outcome.INCONCLUSIVE: 1, Outcome.FAIL: 2}

    def errors(rate: float) -> Callable[[Query], list[Series] | None]:
        def change(query: Query) -> list[Series] | None:
            bad = "errors_total" in text_of(query) and "v9-gray" in text_of(query)
            return [a_counter(rate / 20, pod="a")] if bad else None

        return change

    less, worse = (verdicts(SUBJECT, errors(rate))["success-rate"] for rate in (fewer, more))
    assert order[worse.outcome] >= order[less.outcome]


def test_a_new_image_behind_an_unchanged_weight_settles_before_it_is_judged() -> None:
    came = AT - timedelta(minutes=4)
    settling = replace(a_subject().policy, settle=timedelta(seconds=90))
    subject = a_subject(policy=settling, since=came, began=came)
    assert judge(subject, answers(subject)).baked_from == came + timedelta(seconds=90)
    resumed = a_subject(policy=settling, since=came)
    assert judge(resumed, answers(resumed)).baked_from == came
