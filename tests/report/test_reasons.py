"""reasons: every reason has words, and none of them breaks on hostile facts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from promoter.core.decision import Reason, Why
from promoter.core.judge.verdict import Outcome, Verdict
from promoter.report.reasons import WORDS, reason_line
from promoter.report.sentences import verdict_line
from tests.build import AT, a_verdict
from tests.report.markup import unprintable
from tests.report.reports import HOSTILE

WITH_A_VERDICT = {Why.STILL_FAILING, Why.CHECK_FAILED, Why.CHECK_OPEN, Why.ENVIRONMENT}
Facts = Mapping[str, str | float | int]

HOLD: Facts = {
    "kind": "freeze",
    "by": "promoter",
    "since": AT.timestamp(),
    "reason": "failed: p99",
    "commit": "abc",
}
SPLIT: Facts = {"percent": "5%", "reason": "", "requests": 10_221}
WAVE: Facts = {"rollout": "line-a", "percent": "100%", "bake": 86_400.0, "now": "20%"}
TOLD: list[tuple[Why, Facts, str]] = [
    (Why.UNUSABLE, {"problem": "no such file"}, "no such file"),
    (Why.HELD, HOLD, "frozen by promoter since 2026-01-07 09:00 UTC: failed: p99"),
    (Why.HELD, {**HOLD, "kind": "pause", "by": "Bo"}, "paused by Bo since 2026-01-07 09:00 UTC: failed: p99"),
    (
        Why.HELD,
        {**HOLD, "kind": "rollback"},
        "rolled back by promoter since 2026-01-07 09:00 UTC: failed: p99",
    ),
    (Why.HELD, {**HOLD, "kind": "veto"}, "vetoed by promoter since 2026-01-07 09:00 UTC: failed: p99"),
    (Why.TOP, {"percent": "100%"}, "at 100%, the top of the ladder, and proven: the release is complete"),
    (
        Why.TOP_UNPROVEN,
        {"percent": "100%", "max": 86_400.0},
        "at 100%, the top of the ladder, but not every check was proven within bake.max (1 d): a human should look",
    ),
    (Why.NOT_APPLIED, SPLIT, "traffic does not follow the 5% on base yet"),
    (
        Why.NOT_APPLIED,
        {**SPLIT, "reason": "1% of the last 9 requests reached v9"},
        "traffic does not follow the 5% on base yet: 1% of the last 9 requests reached v9",
    ),
    (Why.SPLIT_UNKNOWN, SPLIT, "whether traffic follows the 5% on base is unknown"),
    (
        Why.APPLY_OVERDUE,
        {**SPLIT, "late": 2400.0, "deadline": 900.0},
        "not applied 40 min after it came to base (apply_deadline 15 min): look at Argo CD or Flux",
    ),
    (Why.SETTLING, {"settle": 90.0}, "the new split settles for 2 min before it is judged"),
    (Why.BAKING, {"baked": 240.0, "min": 600.0}, "baked 4 min of 10 min"),
    (Why.BAKE_MAX, {"max": 86_400.0}, "not proven within bake.max (1 d): a human should look"),
    (
        Why.OUTSIDE_WINDOW,
        {"windows": "Mon-Fri 09:00-18:00 UTC", "opens": AT.timestamp()},
        "outside the promotion windows (Mon-Fri 09:00-18:00 UTC); opens 2026-01-07 09:00 UTC",
    ),
    (
        Why.OUTSIDE_WINDOW,
        {"windows": "Mon-Fri 09:00-18:00 UTC"},
        "outside the promotion windows (Mon-Fri 09:00-18:00 UTC)",
    ),
    (Why.WAVE_BEHIND, WAVE, "waits for rollout line-a: at 20%, must reach 100%"),
    (Why.WAVE_BEHIND, {**WAVE, "spent": 3600.0}, "waits for rollout line-a: at 100% for 1 h of 1 d"),
    (Why.WAVE_HELD, WAVE, "waits for rollout line-a, which is held"),
    (Why.WAVE_UNKNOWN, WAVE, "waits for rollout line-a, which is not known here"),
    (
        Why.ROLLBACK_OPEN,
        {"branch": "promoter/yolo/rollback-1"},
        "a human asked for a rollback: merge or close promoter/yolo/rollback-1 first",
    ),
    (
        Why.EXPERIMENT,
        {"to": "50%", "hold_at": "20%"},
        "several candidates climb together only to 20%: keep one of them in the policy",
    ),
    (
        Why.EXPERIMENT,
        {"to": "50%", "hold_at": ""},
        "stable carries too little to take this candidate to 50%: keep one of the candidates",
    ),
    (Why.ASKED, {"by": "Bo", "reason": "cameras complain"}, "Bo asked: cameras complain"),
    (
        Why.FINISHED,
        {},
        "finished: stable runs this candidate's image, there is nothing to release until another one is introduced",
    ),
    (Why.NO_EVIDENCE, {"checks": ""}, "there is no check to prove anything by"),
    (Why.NO_EVIDENCE, {"checks": "map50, p99"}, "no verdict on map50, p99"),
    (Why.PROVEN, {"to": "20%"}, "every check passed: on to 20%"),
]


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) | WITH_A_VERDICT == set(Why)
    assert {why for why, _, _ in TOLD} == set(WORDS)


@pytest.mark.parametrize(("why", "facts", "told"), TOLD)
def test_a_reason_is_one_sentence(why: Why, facts: Facts, told: str) -> None:
    assert reason_line(Reason(why=why, facts=facts)) == told


@pytest.mark.parametrize("why", sorted(WITH_A_VERDICT))
def test_a_reason_about_a_check_names_it_and_repeats_its_verdict(why: Why) -> None:
    verdict: Verdict = a_verdict(Outcome.FAIL)
    line = reason_line(Reason(why=why, verdict=verdict))
    assert line.endswith(f"success-rate: {verdict_line(verdict)}")
    assert line.startswith("still failing: ") == (why is Why.STILL_FAILING)


@pytest.mark.parametrize(("why", "facts", "told"), TOLD)
def test_no_fact_brings_control_characters_with_it(why: Why, facts: Facts, told: str) -> None:
    hostile = {key: HOSTILE if isinstance(value, str) else value for key, value in facts.items()} | {
        key: facts[key] for key in ("kind",) if key in facts
    }
    assert unprintable(reason_line(Reason(why=why, facts=hostile))) == []
