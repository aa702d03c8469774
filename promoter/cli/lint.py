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
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option(
    "--since", metavar="REVISION", help="Also what changed since then and moves devices between versions."
)
def command(*, strict: bool, since: str | None, **given: Any) -> int:
    """Check policies, the routes they name, what surrounds them, and their PromQL. Offline; reads the work tree.

    With --prometheus also: how many requests and how long every step and check needs at today's traffic.
    """
    from promoter.lint import commit_files, foresee, lint, read_tree  # noqa: PLC0415 - heavy imports
    from promoter.wire import prometheus  # noqa: PLC0415

    chosen = options(**given)
    before = None
    if since is not None:
        from promoter.repo.base import Repository  # noqa: PLC0415

        repo = Repository.open(chosen.repo)
        before = commit_files(repo, repo.commit(since))
    result = lint(read_tree(Path(chosen.repo), chosen.policies), names=chosen.names, before=before)
    seen: tuple[Foreseen, ...] = ()
    if chosen.prometheus is not None and not result.errors:
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
                    "severity": problem.severity.value,
                }
                for problem in result.problems
            ],
            "forecasts": [_forecast_json(one) for one in seen],
        }
        click.echo(json_text(document), nl=False)
    else:
        for problem in result.problems:
            click.echo(without_secrets(str(problem)))
        for one in seen:
            _echo_forecast(one)
        policies = _count(result.policies, "policy", "policies")
        click.echo(f"{policies}, {_told(result.errors, len(result.problems) - result.errors)}", err=True)
    failed = result.errors or (strict and result.problems) or any(one.unknown for one in seen)
    return ExitCode.ERROR if failed else ExitCode.OK


def _told(errors: int, warnings: int) -> str:
    found = [_count(errors, "problem", "problems")] if errors else []
    found += [_count(warnings, "warning", "warnings")] if warnings else []
    return " and ".join(found) or "no problems"


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _forecast_json(one: Foreseen) -> dict[str, Any]:
    from promoter.report.ahead import forecasts_json, outlook_lines, silent_lines  # noqa: PLC0415

    silent = () if one.unknown else silent_lines(one.policy, one.traffic)
    return {
        "name": one.policy.name,
        "requests_per_second": {check: traffic.rate for check, traffic in one.traffic.items()},
        "ahead": forecasts_json(one.forecasts),
        "warnings": [*outlook_lines(one.policy, one.traffic, one.forecasts), *silent],
        "unknown": list(one.unknown),
    }


def _echo_forecast(one: Foreseen) -> None:
    from promoter.report import ahead  # noqa: PLC0415

    click.echo(f"{one.policy.name} at the traffic of the last hour:")
    lines = [
        *map(ahead.forecast_line, one.forecasts),
        *ahead.outlook_lines(one.policy, one.traffic, one.forecasts),
        *(() if one.unknown else ahead.silent_lines(one.policy, one.traffic)),
        *ahead.untold_lines(one.policy),
    ]
    for line in lines:
        click.echo(f"  {line}")
    for reason in one.unknown:
        click.echo(f"error: Prometheus: {reason}", err=True)
