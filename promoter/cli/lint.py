"""`promoter lint`: policies, manifests and PromQL, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from promoter.cli.options import common, options
from promoter.errors import ExitCode


@click.command("lint")
@common
def command(**given: Any) -> int:
    """Check policies, the routes they name, and their PromQL. Offline; reads the work tree."""
    from promoter.lint import lint, read_tree  # noqa: PLC0415 - heavy imports where they are used

    chosen = options(**given)
    result = lint(read_tree(Path(chosen.repo), chosen.policies), names=chosen.names)
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
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for problem in result.problems:
            click.echo(str(problem))
        count = len(result.problems)
        told = "no problems" if not count else f"{count} problem{'s' if count > 1 else ''}"
        click.echo(f"{result.policies} {'policy' if result.policies == 1 else 'policies'}, {told}", err=True)
    return ExitCode.ERROR if result.problems else ExitCode.OK
