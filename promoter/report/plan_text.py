"""A tick for a terminal: one line a rollout, the checks beneath, and the exact change that is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from promoter.core.decision import Kind
from promoter.core.judge.verdict import Outcome as Judged
from promoter.core.outcome import Broken, Did, Outcome, Row, TickReport
from promoter.core.weights import format_percent
from promoter.report.numbers import duration, moment, one_line
from promoter.report.reasons import reason_line
from promoter.report.sentences import applied_line, verdict_line

Paint = Callable[[str, str], str]  # (text, colour) -> text

_COLOURS = {
    Kind.PROMOTE: "green",
    Kind.WAIT: "yellow",
    Kind.FREEZE: "red",
    Kind.HOLD: "magenta",
    Kind.DONE: "green",
    Kind.ERROR: "red",
}
_MARKS = {Judged.PASS: ("✓", "green"), Judged.FAIL: ("✗", "red"), Judged.INCONCLUSIVE: ("…", "yellow")}


def plain(text: str, colour: str) -> str:
    """No colour."""
    del colour
    return text


def plan_text(report: TickReport, paint: Paint = plain, *, verbosity: int = 0) -> str:
    """The report as text. Verbosity -1 leaves only the rollouts' own lines; 1 adds the windows' numbers."""
    lines = [f"base {report.branch}@{report.commit[:9]} at {moment(report.at)}"] if verbosity >= 0 else []
    lines += [paint(f"note: {one_line(note, 400)}", "yellow") for note in report.notes]
    width = max((len(_name(row)) for row in report.rows), default=0)
    for row in report.rows:
        if verbosity >= 0:
            lines.append("")
        lines += _broken(row, width, paint) if isinstance(row, Broken) else _row(row, width, paint, verbosity)
    if not report.rows:
        lines.append("no rollouts: there is no policy here (see `promoter init`)")
    return "\n".join(lines) + "\n"


def _name(row: Row | Broken) -> str:
    return row.rollout.name if isinstance(row, Broken) else row.situation.policy.name


def _headline(row: Row | Broken, width: int, paint: Paint, middle: str) -> str:
    kind = row.decision.kind
    first = row.decision.reasons[0]
    label = paint(f"{kind.value:<8}", _COLOURS[kind])
    return f"{_name(row):<{width}}  {label}{middle}{one_line(reason_line(first), 400)}"


def _broken(row: Broken, width: int, paint: Paint) -> Iterator[str]:
    yield _headline(row, width, paint, "")
    for reason in row.decision.reasons[1:]:
        yield f"    {one_line(reason_line(reason), 400)}"


def _row(row: Row, width: int, paint: Paint, verbosity: int) -> Iterator[str]:
    situation, decision = row.situation, row.decision
    now = format_percent(situation.percent)
    if decision.to is not None:
        now += f" → {format_percent(decision.to.percent(situation.route.destinations[situation.candidate]))}"
    yield _headline(row, width, paint, f"{situation.candidate} {now}: ")
    if verbosity < 0:
        return
    for reason in decision.reasons[1:]:
        if reason.verdict is not None:
            continue  # told once, beside its check below
        colour = "red" if reason.alarm else ""
        yield f"    {paint(one_line(reason_line(reason), 400), colour)}"
    if decision.eta is not None:
        yield f"    ready in about {duration(decision.eta)}"
    since = duration(situation.at - situation.since)
    yield f"    since {moment(situation.since)} ({since}); {applied_line(row.health.applied, situation.percent)}"
    yield from _checks(row, paint)
    if row.diff:
        yield from (f"    {_diff_line(line, paint)}" for line in row.diff.splitlines())
    for outcome in row.outcomes:
        yield f"    {outcome_line(outcome)}"


def _checks(row: Row, paint: Paint) -> Iterator[str]:
    width = max((len(verdict.check) for verdict in row.health.verdicts), default=0)
    for verdict in row.health.verdicts:
        mark, colour = _MARKS[verdict.outcome]
        yield f"    {paint(mark, colour)} {verdict.check:<{width}}  {one_line(verdict_line(verdict), 400)}"


def _diff_line(line: str, paint: Paint) -> str:
    if line.startswith(("+++", "---", "@@")):
        return paint(line, "cyan")
    return paint(line, {"+": "green", "-": "red"}.get(line[:1], ""))


def outcome_line(outcome: Outcome) -> str:
    """What was done, in words."""
    words = {
        Did.PROPOSED: "opened",
        Did.REFRESHED: "refreshed",
        Did.MERGED: "merged",
        Did.WITHDRAWN: "withdrew",
        Did.STATUS: "status of",
        Did.HELD: "recorded hold:",
        Did.NOTIFIED: "told",
        Did.NOT_YET: "not merged yet:",
        Did.HANDS_OFF: "left alone (a human pushed to it):",
        Did.FAILED: "did not work:",
    }
    detail = f" ({one_line(outcome.detail)})" if outcome.detail else ""
    return f"→ {words[outcome.did]} {one_line(outcome.subject)}{detail}"
