"""A tick for a terminal: one line a rollout, the checks beneath, and the exact change that is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from promoter.core.decision import Decision, Kind, Reason, Why
from promoter.core.judge.verdict import Outcome as Judged
from promoter.core.outcome import Broken, Did, Outcome, Row, TickReport
from promoter.core.policy import Merge
from promoter.core.subject import Seen
from promoter.core.weights import format_percent
from promoter.report.ahead import ahead_lines
from promoter.report.numbers import duration, moment, one_line, printable
from promoter.report.proofs import evidence_lines
from promoter.report.reasons import reason_line
from promoter.report.sentences import applied_line, verdict_line, window_line

Paint = Callable[[str, str], str]  # (text, colour) -> text

COLOURS: Mapping[str, str] = {
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
    head = f"base {one_line(report.branch)}@{report.commit[:9]} at {moment(report.at)}"
    lines = [head] if verbosity >= 0 else []
    lines += [paint(f"note: {one_line(note, 400)}", "yellow") for note in report.notes]
    width = max((len(_name(row)) for row in report.rows), default=0)
    for row in report.rows:
        if verbosity >= 0:
            lines.append("")
        if isinstance(row, Broken):
            lines += _broken(row, width, paint)
        elif verbosity < 0:
            lines.append(_row_headline(row, width, paint))
        else:
            lines += _row(row, width, paint, windows=verbosity > 0, acted=report.acted)
    if not report.rows:
        lines.append("no rollouts: there is no policy here (see `promoter init`)")
    return "\n".join(lines) + "\n"


def _name(row: Row | Broken) -> str:
    return one_line(row.rollout.name if isinstance(row, Broken) else row.situation.policy.name)


def _headline(row: Row | Broken, width: int, paint: Paint, middle: str) -> str:
    kind = row.decision.kind
    label = paint(f"{kind.value:<8}", COLOURS[kind])
    return f"{_name(row):<{width}}  {label}{middle}{_told(row.decision.reasons[0])}"


def _told(reason: Reason) -> str:
    line = one_line(reason_line(reason), 400)
    return f"alarm: {line}" if reason.alarm else line


def _broken(row: Broken, width: int, paint: Paint) -> Iterator[str]:
    yield _headline(row, width, paint, "")
    yield from (f"    {_told(reason)}" for reason in row.decision.reasons[1:])


def _row_headline(row: Row, width: int, paint: Paint) -> str:
    return _headline(row, width, paint, f"{one_line(row.situation.candidate)} {change(row)}: ")


def change(row: Row) -> str:
    """`5%`, or `5% → 20%` where a promotion is due."""
    situation, to = row.situation, row.decision.to
    now = format_percent(situation.percent)
    if to is None:
        return now
    return f"{now} → {format_percent(to.percent(situation.route.destinations[situation.candidate]))}"


def _row(row: Row, width: int, paint: Paint, *, windows: bool, acted: bool) -> Iterator[str]:
    situation, decision = row.situation, row.decision
    yield _row_headline(row, width, paint)
    for reason in decision.reasons[1:]:
        if reason.verdict is None:  # else it is told beside its check below
            yield f"    {paint(_told(reason), 'red' if reason.alarm else '')}"
    if decision.eta is not None:
        yield f"    ready in about {duration(decision.eta)}"
    yield from (f"    {line}" for line in next_lines(row, acted=acted))
    since = f"since {moment(situation.since)} ({duration(situation.at - situation.since)})"
    follows = row.health.applied.seen in (Seen.APPLIED, Seen.NOT_ASKED)  # else it is among the reasons
    split = one_line(applied_line(row.health.applied, situation.percent), 400)
    yield f"    {since}; {split}" if follows or not _tells_split(decision) else f"    {since}"
    yield from _checks(row, paint, windows=windows)
    yield from (
        f"    {paint(line, 'yellow' if line.startswith('warning') else '')}"
        for line in ahead_lines(row, every=windows)
    )
    yield from (f"    {_diff_line(line, paint)}" for line in row.diff.split("\n") if line)
    yield from (f"    {outcome_line(outcome)}" for outcome in row.outcomes)


def _tells_split(decision: Decision) -> bool:
    return any(reason.why in (Why.NOT_APPLIED, Why.SPLIT_UNKNOWN) for reason in decision.reasons)


def next_lines(row: Row, *, acted: bool) -> Iterator[str]:
    """What `run` would do about it, and how a human goes on from a stop."""
    name, decision = row.situation.policy.name, row.decision
    observed = row.situation.policy.merge is Merge.OBSERVE
    if decision.kind is Kind.PROMOTE and not acted:
        yield f"run {_PROMOTES[Merge.OBSERVE if observed else decision.merge or Merge.APPROVAL]}"
    if decision.kind is Kind.FREEZE and not acted:
        back = ", and merges the way back to 0%" if decision.rollback else " and prepares the way back to 0%"
        yield "run writes nothing (merge: observe)" if observed else f"run records the hold{back}"
    if decision.kind in (Kind.HOLD, Kind.FREEZE) and not observed:
        yield f"to go on: promoter resume {name} --reason …"
        if row.situation.percent > 0:
            yield f"to go back: promoter rollback {name} --now (one step: --step)"


_PROMOTES = {
    Merge.APPROVAL: "proposes it; a human merges",
    Merge.AUTO: "proposes it and merges it",
    Merge.OBSERVE: "writes nothing (merge: observe)",
}


def _checks(row: Row, paint: Paint, *, windows: bool) -> Iterator[str]:
    width = max((len(one_line(verdict.check)) for verdict in row.health.verdicts), default=0)
    for verdict in row.health.verdicts:
        mark, colour = _MARKS[verdict.outcome]
        told = one_line(verdict_line(verdict), 400)
        yield f"    {paint(mark, colour)} {one_line(verdict.check):<{width}}  {told}"
        if windows:
            yield from (f"      {line}" for line in evidence_lines(verdict))
            yield from (f"      {window_line(reading, verdict)}" for reading in verdict.readings)


def _diff_line(line: str, paint: Paint) -> str:
    shown = printable(line)
    if line.startswith(("+++", "---", "@@")):
        return paint(shown, "cyan")
    return paint(shown, {"+": "green", "-": "red"}.get(line[:1], ""))


def outcome_line(outcome: Outcome) -> str:
    """What was done, in words."""
    detail = f" ({one_line(outcome.detail)})" if outcome.detail else ""
    return f"→ {WORDS[outcome.did]} {one_line(outcome.subject)}{detail}"


WORDS: Mapping[Did, str] = {
    Did.PROPOSED: "opened",
    Did.REFRESHED: "refreshed",
    Did.MERGED: "merged",
    Did.WITHDRAWN: "withdrew",
    Did.STATUS: "set the health of",
    Did.HELD: "recorded the hold:",
    Did.NOTIFIED: "told",
    Did.NOT_YET: "not now:",
    Did.HANDS_OFF: "left alone, a human pushed to it:",
    Did.REFUSED: "could not be done:",
    Did.FAILED: "did not work:",
}
