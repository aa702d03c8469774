"""The words for each reason of a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from promoter.core.decision import Reason, Why
from promoter.report.numbers import duration, moment, one_line
from promoter.report.sentences import verdict_line

LINE = 600
Facts = Mapping[str, str | float | int]

_HELD_BY = {
    "freeze": "frozen by",
    "pause": "paused by",
    "rollback": "rolled back by",
    "veto": "vetoed by",
}


def reason_line(reason: Reason) -> str:
    """One sentence on one line, without a full stop."""
    return one_line(_sentence(reason), LINE)


def _sentence(reason: Reason) -> str:
    if reason.verdict is None:
        return WORDS[reason.why](reason.facts)
    line = f"{reason.verdict.check}: {verdict_line(reason.verdict)}"
    return f"still failing: {line}" if reason.why is Why.STILL_FAILING else line


def _held(facts: Facts) -> str:
    why = one_line(str(facts["reason"]))
    who = f"{_HELD_BY[str(facts['kind'])]} {one_line(str(facts['by']), 60)}"
    return f"{who} since {moment(float(facts['since']))}: {why}"


def _because(facts: Facts) -> str:
    return f": {one_line(str(facts['reason']))}" if facts["reason"] else ""


def _overdue(facts: Facts) -> str:
    late, deadline = duration(float(facts["late"])), duration(float(facts["deadline"]))
    return f"not applied {late} after it came to base (apply_deadline {deadline}): look at Argo CD or Flux"


def _top_unproven(facts: Facts) -> str:
    most = duration(float(facts["max"]))
    return (
        f"at {facts['percent']}, the top of the ladder, but not every check was proven within bake.max ({most}): "
        "a human should look"
    )


def _outside(facts: Facts) -> str:
    opens = f"; opens {moment(float(facts['opens']))}" if "opens" in facts else ""
    return f"outside the promotion windows ({facts['windows']}){opens}"


def _wave_behind(facts: Facts) -> str:
    if "spent" in facts:
        spent, bake = duration(float(facts["spent"])), duration(float(facts["bake"]))
        return f"waits for rollout {facts['rollout']}: at {facts['percent']} for {spent} of {bake}"
    return f"waits for rollout {facts['rollout']}: at {facts['now']}, must reach {facts['percent']}"


def _experiment(facts: Facts) -> str:
    if facts["hold_at"]:
        return f"several candidates climb together only to {facts['hold_at']}: keep one of them in the policy"
    return f"stable carries too little to take this candidate to {facts['to']}: keep one of the candidates"


def _no_evidence(facts: Facts) -> str:
    return f"no verdict on {facts['checks']}" if facts["checks"] else "there is no check to prove anything by"


WORDS: Mapping[Why, Callable[[Facts], str]] = {
    Why.UNUSABLE: lambda facts: str(facts["problem"]),
    Why.HELD: _held,
    Why.FINISHED: lambda _: (
        "finished: stable runs this candidate's image, there is nothing to release until another one is introduced"
    ),
    Why.TOP: lambda facts: (
        f"at {facts['percent']}, the top of the ladder, and proven: the release is complete"
    ),
    Why.TOP_UNPROVEN: _top_unproven,
    Why.NOT_APPLIED: lambda facts: (
        f"traffic does not follow the {facts['percent']} on base yet{_because(facts)}"
    ),
    Why.SPLIT_UNKNOWN: lambda facts: (
        f"whether traffic follows the {facts['percent']} on base is unknown{_because(facts)}"
    ),
    Why.APPLY_OVERDUE: _overdue,
    Why.SETTLING: lambda facts: (
        f"the new split settles for {duration(float(facts['settle']))} before it is judged"
    ),
    Why.BAKING: lambda facts: f"baked {duration(float(facts['baked']))} of {duration(float(facts['min']))}",
    Why.BAKE_MAX: lambda facts: (
        f"not proven within bake.max ({duration(float(facts['max']))}): a human should look"
    ),
    Why.OUTSIDE_WINDOW: _outside,
    Why.WAVE_BEHIND: _wave_behind,
    Why.WAVE_HELD: lambda facts: f"waits for rollout {facts['rollout']}, which is held",
    Why.WAVE_UNKNOWN: lambda facts: f"waits for rollout {facts['rollout']}, which is not known here",
    Why.ROLLBACK_OPEN: lambda facts: (
        f"a human asked for a rollback: merge or close {one_line(str(facts['branch']))} first"
    ),
    Why.EXPERIMENT: _experiment,
    Why.ASKED: lambda facts: f"{one_line(str(facts['by']), 60)} asked: {one_line(str(facts['reason']))}",
    Why.NO_EVIDENCE: _no_evidence,
    Why.PROVEN: lambda facts: f"every check passed: on to {facts['to']}",
}
