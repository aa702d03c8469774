"""The words for each reason of a decision."""

from __future__ import annotations

from promoter.core.decision import Reason, Why
from promoter.report.numbers import duration, moment, one_line
from promoter.report.sentences import verdict_line


def reason_line(reason: Reason) -> str:
    """One sentence, without a full stop."""
    facts = reason.facts
    if reason.verdict is not None:
        return _about_check(reason)
    match reason.why:
        case Why.UNUSABLE:
            return str(facts["problem"])
        case Why.HELD:
            return _held(reason)
        case Why.TOP:
            return f"at {facts['percent']} and proven: the release is complete"
        case Why.TOP_UNPROVEN:
            return (
                f"at {facts['percent']}, but not every check was proven within bake.max "
                f"({duration(float(facts['max']))}): look at the checks"
            )
        case Why.NOT_APPLIED | Why.SPLIT_UNKNOWN | Why.APPLY_OVERDUE:
            return _split(reason)
        case Why.SETTLING:
            return f"the new split settles for {duration(float(facts['settle']))} before it is judged"
        case Why.BAKING:
            return f"baked {duration(float(facts['baked']))} of {duration(float(facts['min']))}"
        case Why.BAKE_MAX:
            return f"not proven within bake.max ({duration(float(facts['max']))}): a human should look"
        case Why.OUTSIDE_WINDOW:
            opens = f"; opens {moment(float(facts['opens']))}" if "opens" in facts else ""
            return f"outside the promotion windows ({facts['windows']}){opens}"
        case Why.WAVE_BEHIND | Why.WAVE_HELD | Why.WAVE_UNKNOWN:
            return _wave(reason)
        case Why.EXPERIMENT:
            return _experiment(reason)
        case Why.NO_EVIDENCE:
            return "there is no check to prove anything by"
        case Why.PROVEN:
            return f"every check passed: on to {facts['to']}"
        case Why.CHECK_FAILED | Why.CHECK_OPEN | Why.STILL_FAILING | Why.ENVIRONMENT:
            return reason.why.value  # always come with a verdict


def _about_check(reason: Reason) -> str:
    assert reason.verdict is not None  # noqa: S101 - narrowed by reason_line
    line = f"{reason.verdict.check}: {verdict_line(reason.verdict)}"
    return f"still failing: {line}" if reason.why is Why.STILL_FAILING else line


def _held(reason: Reason) -> str:
    facts = reason.facts
    who = {
        "freeze": "frozen by",
        "pause": "paused by",
        "rollback": "rolled back by",
        "veto": "vetoed by",
    }[str(facts["kind"])]
    why = one_line(str(facts["reason"]))
    return f"{who} {one_line(str(facts['by']), 60)} since {moment(float(facts['since']))}: {why}"


def _split(reason: Reason) -> str:
    facts = reason.facts
    if reason.why is Why.APPLY_OVERDUE:
        return (
            f"not applied {duration(float(facts['late']))} after it came to base "
            f"(apply_deadline {duration(float(facts['deadline']))}): look at Argo CD or Flux"
        )
    because = f": {one_line(str(facts['reason']))}" if facts["reason"] else ""
    if reason.why is Why.SPLIT_UNKNOWN:
        return f"whether traffic follows the {facts['percent']} on base is unknown{because}"
    return f"traffic does not follow the {facts['percent']} on base yet{because}"


def _wave(reason: Reason) -> str:
    facts = reason.facts
    if reason.why is Why.WAVE_UNKNOWN:
        return f"waits for rollout {facts['rollout']}, which is not known here"
    if reason.why is Why.WAVE_HELD:
        return f"waits for rollout {facts['rollout']}, which is held"
    if "spent" in facts:
        spent, bake = duration(float(facts["spent"])), duration(float(facts["bake"]))
        return f"waits for rollout {facts['rollout']}: at {facts['percent']} for {spent} of {bake}"
    return f"waits for rollout {facts['rollout']}: at {facts['now']}, must reach {facts['percent']}"


def _experiment(reason: Reason) -> str:
    facts = reason.facts
    if facts["hold_at"]:
        return f"several candidates climb together only to {facts['hold_at']}: keep one of them in the policy"
    return f"stable carries too little to take this candidate to {facts['to']}: keep one of the candidates"
