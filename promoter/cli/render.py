"""What a command prints and exits with."""

from __future__ import annotations

import click

from promoter.cli.options import Options, painter
from promoter.core.decision import Kind
from promoter.core.judge.verdict import Cause, Verdict
from promoter.core.outcome import Broken, TickReport
from promoter.errors import ExitCode
from promoter.report.markdown import plan_markdown
from promoter.report.numbers import one_line
from promoter.report.plan_json import plan_json
from promoter.report.plan_text import plan_text
from promoter.report.sentences import verdict_line

# Causes that are somebody's to mend: the server, the policy or the exporter.
_MENDABLE = frozenset({Cause.UNREACHABLE, Cause.MALFORMED})


def echo_report(report: TickReport, options: Options) -> None:
    """The report on stdout in the format asked for; what must be mended on stderr, a line each."""
    match options.output:
        case "json":
            text = plan_json(report)
        case "markdown":
            text = plan_markdown(report)
        case _:
            text = plan_text(report, painter(), verbosity=options.verbosity)
    click.echo(text, nl=False)
    for line in dict.fromkeys(troubles(report)):
        click.echo(f"error: {line}", err=True)


def troubles(report: TickReport) -> list[str]:
    """What stands in the way of judging at all, as one line each."""
    lines = []
    for row in report.rows:
        if isinstance(row, Broken):
            lines += [f"{row.rollout.name}: {problem}" for problem in row.rollout.problems]
            continue
        lines += [
            _trouble(row.situation.policy.name, verdict)
            for verdict in row.health.verdicts
            if verdict.cause in _MENDABLE
        ]
    return lines


def _trouble(rollout: str, verdict: Verdict) -> str:
    """An outage is one line, however many checks it leaves unknown."""
    if verdict.cause is Cause.UNREACHABLE:
        return f"Prometheus: {one_line(verdict.reason or 'no answer')}; nothing is promoted on unknown health"
    return f"{rollout}: {verdict.check}: {verdict_line(verdict)}"


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
