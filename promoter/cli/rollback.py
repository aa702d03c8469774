"""`promoter rollback NAME [--step] [--now]`: a proposal back to 0 %, or one step back."""

from __future__ import annotations

from typing import Any

import click

from promoter.cli.holds import ask
from promoter.cli.options import common
from promoter.core.outcome import Did
from promoter.errors import ExitCode
from promoter.report.plan_text import outcome_line


@click.command("rollback")
@common
@click.option("--step", is_flag=True, help="Only the last promotion.")
@click.option("--now", "merge", is_flag=True, help="Merge it at once, whatever the hold or window.")
@click.option("--reason", default="rollback asked for", show_default=True, help="Why, for the record.")
def command(*, step: bool, merge: bool, reason: str, **given: Any) -> int:
    """Propose a rollout's candidate back to 0 %, or one step back."""
    from promoter.human import roll_back  # noqa: PLC0415

    asked = ask(reason, **given)
    outcomes = roll_back(asked.world, asked.found, asked.request, step=step, merge=merge)
    name = asked.found[0].situation.policy.name
    if not outcomes:
        click.echo(f"{name}: no candidate has traffic, nothing to roll back")
    for outcome in outcomes:
        click.echo(f"{name}: {outcome_line(outcome)}")
    missed = merge and outcomes and not any(outcome.did is Did.MERGED for outcome in outcomes)
    refused = any(outcome.did is Did.REFUSED for outcome in outcomes)
    return ExitCode.ERROR if missed or refused else ExitCode.OK
