"""`promoter pause NAME --reason`: stop promotions until a human resumes."""

from __future__ import annotations

from typing import Any

import click

from promoter.cli.holds import ask, reason_option
from promoter.cli.options import common
from promoter.report.numbers import moment, one_line


@click.command("pause")
@common
@reason_option
def command(*, reason: str, **given: Any) -> None:
    """Stop promotions of a rollout until a human resumes. Judging goes on."""
    from promoter.human import pause  # noqa: PLC0415

    asked = ask(reason, **given)
    hold = pause(asked.world, asked.found, asked.request)
    name = asked.found[0].situation.policy.name
    click.echo(f"{name} is paused by {one_line(hold.by)} since {moment(hold.since)}: {one_line(hold.reason)}")
