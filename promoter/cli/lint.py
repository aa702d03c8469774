"""`promoter lint`: policies, manifests and PromQL, offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from promoter.cli.options import common, options
from promoter.cli.secrets import without_secrets
from promoter.core.feasibility import Foreseen
from promoter.errors import ExitCode
from promoter.report.json_text import json_text


@click.command("lint")
@common
def command(**given: Any) -> int:
    """Check policies, the routes they name, and their PromQL. Offline; reads the work tree.

    With --prometheus also: how many requests and how long every step and check needs at today's traffic.
    """
    from promoter.lint import foresee, lint, read_tree  # noqa: PLC0415 - heavy imports where they are used
    from promoter.wire import prometheus  # noqa: PLC0415

    chosen = options(**given)
    result = lint(read_tree(Path(chosen.repo), chosen.policies), names=chosen.names)
    seen: tuple[Foreseen, ...] = ()
    if chosen.prometheus is not None and not result.problems:
        seen = tuple(foresee(result.good, prometheus(chosen, os.environ), chosen.at))
    if chosen.output == "json":
        document = {
            "version": 1,
            "policies": result.policies,
            "problems": [
                {
                    "file": problem.where.file if problem.where else None,
                    "line": problem.where.line if problem.where else None,
                    "column": problem.where.column if problem.where else None,
                    "message": problem.message,
                    "hint": problem.hint,
                }
                for problem in result.problems
            ],
            "forecasts": [_forecast_json(one) for one in seen],
        }
        click.echo(json_text(document), nl=False)
    else:
        for problem in result.problems:
            click.echo(without_secrets(str(problem)))
        count = len(result.problems)
        told = "no problems" if not count else f"{count} problem{'s' if count > 1 else ''}"
        for one in seen:
            _echo_forecast(one)
        click.echo(f"{result.policies} {'policy' if result.policies == 1 else 'policies'}, {told}", err=True)
    return ExitCode.ERROR if result.problems or any(one.unknown for one in seen) else ExitCode.OK


def _forecast_json(one: Foreseen) -> dict[str, Any]:
    from promoter.report.ahead import forecasts_json, outlook_lines  # noqa: PLC0415

    return {
        "name": one.policy.name,
        "requests_per_second": {check: traffic.rate for check, traffic in one.traffic.items()},
        "ahead": forecasts_json(one.forecasts),
        "warnings": list(outlook_lines(one.policy, one.traffic, one.forecasts)),
        "unknown": list(one.unknown),
    }


def _echo_forecast(one: Foreseen) -> None:
    from promoter.report.ahead import forecast_line, outlook_lines  # noqa: PLC0415

    click.echo(f"{one.policy.name} at the traffic of the last hour:")
    for line in (*map(forecast_line, one.forecasts), *outlook_lines(one.policy, one.traffic, one.forecasts)):
        click.echo(f"  {line}")
    missing = [
        check.name for check in one.policy.checks if check.name not in {f.check for f in one.forecasts}
    ]
    for reason in one.unknown:
        click.echo(f"error: Prometheus: {reason}", err=True)
    if missing and not one.unknown:
        click.echo(f"  not told: {', '.join(missing)} (no requests counted, or rule: threshold)")
