"""A tick as markdown: for a job summary or a comment. Everything from outside is neutralised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from promoter.core.decision import Kind
from promoter.core.outcome import Broken, Row, TickReport
from promoter.report.ahead import ahead_lines
from promoter.report.fit import Part, fit, part
from promoter.report.numbers import code, duration, for_html, for_markdown, linked, moment, printable
from promoter.report.pictures import pictures
from promoter.report.plan_text import change, next_lines, outcome_line
from promoter.report.reasons import reason_line
from promoter.report.sentences import applied_line
from promoter.report.tables import checks_table

LIMIT = 300_000  # characters: below GitHub's 1 MiB for a job summary, whatever they are
_DRAWN = 20  # rollouts that ask for something; with more of them charts would only be in the way
_MARKS = {
    Kind.PROMOTE: "🟢",
    Kind.WAIT: "🟡",
    Kind.FREEZE: "🔴",
    Kind.HOLD: "🟣",
    Kind.DONE: "✅",
    Kind.ERROR: "⛔",
}
# The order in which people want to know; what comes later is shortened first where all would be too long.
_WORDS = {
    Kind.ERROR: "broken",
    Kind.FREEZE: "frozen now",
    Kind.PROMOTE: "to promote",
    Kind.HOLD: "held",
    Kind.WAIT: "waiting",
    Kind.DONE: "done",
}
_QUIET = (Kind.WAIT, Kind.DONE)  # folded: nothing is asked of anybody


def plan_markdown(report: TickReport) -> str:
    """The report: what there is to know in a line, a table of all rollouts, then a section each."""
    drawn = len(_pressing(report.rows)) <= _DRAWN
    notes = "\n".join(f"> {for_markdown(note, 400)}\n" for note in report.notes)
    return fit(
        [
            part(_headline(report)),
            part(notes.rstrip("\n")),
            part(_table(report.rows), _table(_pressing(report.rows)), "", spare=1),
            *(_section_part(row, acted=report.acted, drawn=drawn) for row in report.rows),
        ],
        LIMIT,
    )


def _headline(report: TickReport) -> str:
    counted = Counter(row.decision.kind for row in report.rows)
    told = ", ".join(
        f"{_MARKS[kind]} {counted[kind]:,} {word}" for kind, word in _WORDS.items() if counted[kind]
    )
    place = f"Base {code(report.branch)} at `{report.commit[:9]}`, judged {moment(report.at)}."
    return f"**{told or 'No rollouts'}.** {place}"


def _pressing(rows: Sequence[Row | Broken]) -> list[Row | Broken]:
    return [row for row in rows if row.decision.kind not in _QUIET]


def _table(rows: Sequence[Row | Broken]) -> str:
    head = ["| rollout | candidate | weight | decision | why |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(_summary, rows)])


def _summary(row: Row | Broken) -> str:
    kind = row.decision.kind
    why = for_markdown(reason_line(row.decision.reasons[0]), 400)
    decision = f"{_MARKS[kind]} {kind.value}"
    if isinstance(row, Broken):
        return f"| {for_markdown(row.rollout.name)} | | | {decision} | {why} |"
    name, candidate = for_markdown(row.situation.policy.name), for_markdown(row.situation.candidate)
    return f"| {name} | {candidate} | {change(row)} | {decision} | {why} |"


def _section_part(row: Row | Broken, *, acted: bool, drawn: bool) -> Part:
    """A rollout's section: with its charts, without them, or not at all."""
    kind = row.decision.kind
    spare = 2 + list(_WORDS).index(kind)
    if isinstance(row, Broken):
        return part("\n".join(_problems(row)), "", spare=spare)
    name, candidate, share = row.situation.policy.name, row.situation.candidate, change(row)
    facts = "\n".join(_section(row, acted=acted))
    if kind in _QUIET:
        title = f"{_MARKS[kind]} {for_html(name)}: {for_html(candidate)} {share}"
        return part(f"<details><summary>{title}</summary>\n\n{facts}\n\n</details>", "", spare=spare)
    title = f"{for_markdown(name)}: {for_markdown(candidate)} {share}"
    charts = pictures(row.situation, row.health).charts if drawn else ""
    forms = [f"### {title}\n\n{text}" for text in (f"{facts}\n\n{charts}".rstrip("\n"), facts)]
    return part(*forms, "", spare=spare)


def _problems(row: Broken) -> Iterator[str]:
    yield f"### {for_markdown(row.rollout.name)}"
    yield ""
    yield from (f"- {for_markdown(problem, 400)}" for problem in row.rollout.problems)


def _section(row: Row, *, acted: bool) -> Iterator[str]:
    situation, decision = row.situation, row.decision
    for reason in decision.reasons:
        if reason.verdict is None:  # else it is told in the table
            yield f"- {'**alarm**: ' if reason.alarm else ''}{for_markdown(reason_line(reason), 400)}"
    if decision.eta is not None:
        yield f"- ready in about {duration(decision.eta)}"
    yield f"- {for_markdown(applied_line(row.health.applied, situation.percent), 400)}"
    yield from (f"- {for_markdown(line, 400)}" for line in ahead_lines(row, every=False))
    yield from (f"- {for_markdown(line)}" for line in next_lines(row, acted=acted))
    yield from (
        f"- {linked(for_markdown(outcome_line(outcome), 400), outcome.url)}" for outcome in row.outcomes
    )
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
