"""A tick as markdown: for a job summary or a comment. Everything from outside is neutralised."""

from __future__ import annotations

from collections.abc import Iterator

from promoter.core.outcome import Broken, Row, TickReport
from promoter.report.numbers import code, duration, for_markdown, moment, printable
from promoter.report.plan_text import change, next_lines, outcome_line
from promoter.report.reasons import reason_line
from promoter.report.sentences import applied_line
from promoter.report.tables import checks_table

_MARKS = {"promote": "🟢", "wait": "🟡", "freeze": "🔴", "hold": "🟣", "done": "✅", "error": "⛔"}


def plan_markdown(report: TickReport) -> str:
    """The report: a table of all rollouts, then a section each."""
    lines = [f"Base {code(report.branch)} at `{report.commit[:9]}`, judged {moment(report.at)}.", ""]
    lines += [f"> {for_markdown(note, 400)}\n" for note in report.notes]
    lines += ["| rollout | candidate | weight | decision | why |", "|---|---|---|---|---|"]
    lines += [_summary(row) for row in report.rows]
    for row in report.rows:
        lines += ["", *(_problems(row) if isinstance(row, Broken) else _section(row, acted=report.acted))]
    return "\n".join(lines) + "\n"


def _summary(row: Row | Broken) -> str:
    kind = row.decision.kind.value
    why = for_markdown(reason_line(row.decision.reasons[0]), 400)
    if isinstance(row, Broken):
        return f"| {for_markdown(row.rollout.name)} | | | {_MARKS[kind]} {kind} | {why} |"
    name, candidate = for_markdown(row.situation.policy.name), for_markdown(row.situation.candidate)
    return f"| {name} | {candidate} | {change(row)} | {_MARKS[kind]} {kind} | {why} |"


def _problems(row: Broken) -> Iterator[str]:
    yield f"### {for_markdown(row.rollout.name)}"
    yield ""
    yield from (f"- {for_markdown(problem, 400)}" for problem in row.rollout.problems)


def _section(row: Row, *, acted: bool) -> Iterator[str]:
    situation, decision = row.situation, row.decision
    yield f"### {for_markdown(situation.policy.name)}: {for_markdown(situation.candidate)} {change(row)}"
    yield ""
    for reason in decision.reasons:
        if reason.verdict is None:  # else it is told in the table
            yield f"- {'**alarm**: ' if reason.alarm else ''}{for_markdown(reason_line(reason), 400)}"
    if decision.eta is not None:
        yield f"- ready in about {duration(decision.eta)}"
    yield f"- {for_markdown(applied_line(row.health.applied, situation.percent), 400)}"
    yield from (f"- {for_markdown(line)}" for line in next_lines(row, acted=acted))
    yield from (f"- {for_markdown(outcome_line(outcome), 400)}" for outcome in row.outcomes)
    yield ""
    yield checks_table(row.health)
    if row.diff:
        yield ""
        yield from _fenced(row.diff)


def _fenced(diff: str) -> Iterator[str]:
    """The diff in a fence longer than any run of backticks in it."""
    longest, run = 0, 0
    for char in diff:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}diff"
    yield from (printable(line) for line in diff.rstrip("\n").split("\n"))
    yield fence
