"""`promoter resume NAME --reason`: lift a rollout's holds."""

from __future__ import annotations

from typing import Any

import click

from promoter.cli.holds import ask, reason_option
from promoter.cli.options import common
from promoter.report.numbers import one_line


@click.command("resume")
@common
@reason_option
def command(*, reason: str, **given: Any) -> None:
    """Lift every hold of a rollout. Its evidence starts anew, so nothing is promoted at once."""
    from promoter.human import resume  # noqa: PLC0415

    asked = ask(reason, **given)
    lifted = resume(asked.world, asked.found, asked.request)
    name = asked.found[0].situation.policy.name
    if not lifted:
        click.echo(f"{name}: no hold stands")
    for hold in lifted:
        click.echo(f"{name}: {hold.kind.value} lifted ({one_line(hold.reason)})")
