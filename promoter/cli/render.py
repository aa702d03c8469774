"""What a command prints and exits with."""

from __future__ import annotations

from collections.abc import Iterator

import click

from promoter.cli.options import painter
from promoter.cli.secrets import without_known, without_secrets
from promoter.core.decision import Kind
from promoter.core.judge.verdict import Cause, Verdict
from promoter.core.outcome import Broken, Did, Row, TickReport
from promoter.core.subject import Seen
from promoter.errors import ExitCode
from promoter.report.markdown import plan_markdown
from promoter.report.numbers import one_line
from promoter.report.plan_json import plan_json
from promoter.report.plan_text import plan_text
from promoter.report.sentences import applied_line, verdict_line
from promoter.settings import Options

# Causes that are somebody's to mend (the server, the policy or the exporter), and what to look at.
_MENDABLE = {
    Cause.UNREACHABLE: "nothing is promoted on unknown health",
    Cause.MALFORMED: "look at its exporter, or at the query",
    Cause.STALE: "is it still scraped?",
    Cause.NO_DATA: "is it scraped, and is the query right?",
}


def echo_report(report: TickReport, options: Options) -> None:
    """The report on stdout in the format asked for; what must be mended on stderr, a line each."""
    match options.output:
        case "json":
            text = plan_json(report)
        case "markdown":
            text = plan_markdown(report)
        case _:
            text = plan_text(report, painter(), verbosity=options.verbosity)
    click.echo(without_known(text), nl=False)
    for line in dict.fromkeys(troubles(report)):
        click.echo(f"error: {without_secrets(line)}", err=True)


def troubles(report: TickReport) -> list[str]:
    """What stands in the way of judging at all, as one line each."""
    lines = []
    for row in report.rows:
        if isinstance(row, Broken):
            lines += [f"{row.rollout.name}: {problem}" for problem in row.rollout.problems]
            continue
        lines += _unknown(row)
        lines += _refused(row)
    return lines


def _refused(row: Row) -> list[str]:
    """What had to be done and was not."""
    name = row.situation.policy.name
    return [
        f"{name}: {one_line(outcome.subject)}: {one_line(outcome.detail, 600)}"
        for outcome in row.outcomes
        if outcome.did is Did.REFUSED
    ]


def _unknown(row: Row) -> Iterator[str]:
    """What is unknown about one candidate's health and has to be mended."""
    if row.decision.kind is Kind.DONE:
        return  # a release that is over outlives its metrics
    name = row.situation.policy.name
    bad = [verdict for verdict in row.health.verdicts if _is_mendable(verdict, row)]
    yield from (_trouble(name, verdict) for verdict in bad)
    applied = row.health.applied
    if applied.seen is Seen.UNKNOWN and not any(verdict.cause is Cause.UNREACHABLE for verdict in bad):
        yield f"{name}: {applied_line(applied, row.situation.percent)}; {_MENDABLE[Cause.NO_DATA]}"


def _is_mendable(verdict: Verdict, row: Row) -> bool:
    """At 0 % nothing may run yet, and a gap in the windows closes by itself: both only wait."""
    if verdict.cause in (Cause.NO_DATA, Cause.STALE):
        return row.situation.percent > 0 and verdict.query is not None
    return verdict.cause in _MENDABLE


def _trouble(rollout: str, verdict: Verdict) -> str:
    """An outage is one line, however many checks it leaves unknown."""
    remedy = _MENDABLE[verdict.cause]
    if verdict.cause is Cause.UNREACHABLE:
        return f"Prometheus: {one_line(verdict.reason or 'no answer')}; {remedy}"
    return f"{rollout}: {verdict.check}: {verdict_line(verdict)}; {remedy}"


def exit_code(report: TickReport, *, detailed: bool = False) -> ExitCode:
    """1 where something must be mended; with `detailed` what is due: 3, 4 or 5; else 0."""
    kinds = {row.decision.kind for row in report.rows}
    if Kind.ERROR in kinds or troubles(report):
        return ExitCode.ERROR
    if not detailed:
        return ExitCode.OK
    if kinds & {Kind.FREEZE, Kind.HOLD}:
        return ExitCode.HELD
    if Kind.PROMOTE in kinds:
        return ExitCode.PROMOTION_DUE
    return ExitCode.WAITING if Kind.WAIT in kinds else ExitCode.OK
