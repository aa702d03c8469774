"""A tick as Prometheus' text format: what the bot says about itself, for the textfile collector."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoter.core.decision import ALARMS, Kind
from promoter.core.holds import HoldKind
from promoter.core.judge.verdict import Outcome
from promoter.core.outcome import Broken, Row, TickReport
from promoter.core.subject import Seen

LAST_TICK = "promoter_last_tick_timestamp_seconds"

# name -> what it says. All are gauges; times are Unix times and not ages, which go stale in a file.
HELP: Mapping[str, str] = {
    "promoter_build_info": "1, with promoter's version.",
    LAST_TICK: "When the last tick that was completed began.",
    "promoter_last_attempt_timestamp_seconds": "When the last tick began, completed or not.",
    "promoter_last_tick_failed": "1 where the last tick ended in an error of its own: settings, repository or forge.",
    "promoter_weight_percent": "Desired share of the route's traffic at base's head.",
    "promoter_observed_percent": "Share of the rollout's requests that was seen.",
    "promoter_applied": "1 where traffic follows the weight on base, 0 where not yet or unknown.",
    "promoter_step_timestamp_seconds": "When the present weight came to base.",
    "promoter_apply_deadline_seconds": "The policy's apply_deadline.",
    "promoter_decision": "1 for the decision of the last tick.",
    "promoter_hold_timestamp_seconds": "Since when a standing hold stops the candidate.",
    "promoter_eta_seconds": "About how long until things may go on, as of the last tick.",
    "promoter_check_verdict": "1 for the verdict of each check.",
    "promoter_alarm": "1 for each thing that a human should look at now.",
    "promoter_finished": "1 where stable runs the candidate's image: there is nothing to release.",
}
_LAST = re.compile(rf"^{LAST_TICK} ([0-9]{{1,12}}(?:\.[0-9]{{1,6}})?)$", re.MULTILINE)

Labels = Mapping[str, str]
Sample = tuple[str, Labels, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One tick, as far as it came: its report where it was completed, else when the last completed one began."""

    version: str
    began: datetime
    report: TickReport | None = None
    last_tick: float | None = None


def exposition(attempt: Attempt) -> str:
    """The text of a whole file. After a tick that failed nothing is said about the rollouts."""
    samples: dict[str, dict[str, float]] = {name: {} for name in HELP}
    for name, labels, value in _samples(attempt):
        samples[name].setdefault(_labels(labels), value)  # several candidates tell the same of their rollout
    lines: list[str] = []
    for name, found in samples.items():
        if found:
            lines += [f"# HELP {name} {HELP[name]}", f"# TYPE {name} gauge"]
            lines += [f"{name}{labels} {_number(value)}" for labels, value in found.items()]
    return "\n".join(lines) + "\n"


def last_tick_in(text: str) -> float | None:
    """When the last completed tick began, out of a file that was written before; None where it does not say."""
    found = _LAST.search(text)
    return float(found[1]) if found else None


def _samples(attempt: Attempt) -> Iterator[Sample]:
    report, began = attempt.report, attempt.began.timestamp()
    yield "promoter_build_info", {"version": attempt.version}, 1
    yield "promoter_last_attempt_timestamp_seconds", {}, began
    yield "promoter_last_tick_failed", {}, report is None
    last = began if report is not None else attempt.last_tick
    if last is not None:
        yield LAST_TICK, {}, last
    for row in report.rows if report is not None else ():
        if isinstance(row, Broken):
            yield from _decision({"rollout": row.rollout.name, "candidate": ""}, row.decision.kind)
        else:
            yield from _row(row)


def _row(row: Row) -> Iterator[Sample]:
    situation, decision, applied = row.situation, row.decision, row.health.applied
    policy, rollout = situation.policy, {"rollout": situation.policy.name}
    candidate = {**rollout, "candidate": situation.candidate}
    for version in policy.versions:
        share = float(situation.route.percent(version))
        yield "promoter_weight_percent", {**rollout, "version": version}, share
    if applied.observed is not None:
        yield "promoter_observed_percent", {**rollout, "version": situation.candidate}, applied.observed
    if applied.seen is not Seen.NOT_ASKED:
        yield "promoter_applied", candidate, applied.seen is Seen.APPLIED
    yield "promoter_step_timestamp_seconds", candidate, situation.timeline.changed.when.timestamp()
    yield "promoter_apply_deadline_seconds", rollout, policy.apply_deadline.total_seconds()
    yield from _decision(candidate, decision.kind)
    yield from _holds(row, candidate)
    if decision.eta is not None:
        yield "promoter_eta_seconds", candidate, decision.eta.total_seconds()
    for verdict in row.health.verdicts:
        names = [outcome.value for outcome in Outcome]
        told = {**candidate, "check": verdict.check}
        yield from _one_of("promoter_check_verdict", told, "verdict", names, {verdict.outcome.value})
    alarms = {reason.why.value for reason in decision.reasons if reason.alarm}
    names = sorted(why.value for why in ALARMS)
    yield from _one_of("promoter_alarm", candidate, "alarm", names, alarms)
    yield "promoter_finished", candidate, situation.timeline.finished


def _decision(candidate: Labels, kind: Kind) -> Iterator[Sample]:
    yield from _one_of("promoter_decision", candidate, "decision", [one.value for one in Kind], {kind.value})


def _holds(row: Row, candidate: Labels) -> Iterator[Sample]:
    since = {hold.kind: hold.since for hold in reversed(row.situation.holds)}  # the oldest of a kind is last
    if row.decision.kind is Kind.FREEZE:  # recorded in this very tick
        since.setdefault(HoldKind.FREEZE, row.situation.at)
    for kind, when in since.items():
        yield "promoter_hold_timestamp_seconds", {**candidate, "kind": kind.value}, when.timestamp()


def _one_of(
    name: str, labels: Labels, label: str, values: Sequence[str], present: set[str]
) -> Iterator[Sample]:
    for value in values:
        yield name, {**labels, label: value}, value in present


def _labels(labels: Labels) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    """A label's value: any text stays inside of its quotes, and on its line."""
    clean = value.encode("utf-8", "replace").decode("utf-8")
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", " ")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
