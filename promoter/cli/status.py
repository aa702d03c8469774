"""`promoter status`: where each rollout stands; asks no Prometheus."""

from __future__ import annotations

from typing import Any

import click

from promoter.cli.options import common, options, painter
from promoter.cli.secrets import without_known, without_secrets
from promoter.errors import ExitCode


@click.command("status")
@common
def command(**given: Any) -> int:
    """Where each rollout stands, since when, its holds and open proposals. Asks no Prometheus."""
    from promoter.core.situation import Unusable  # noqa: PLC0415 - heavy imports where they are used
    from promoter.report.status import Standing, status_json, status_markdown, status_text  # noqa: PLC0415
    from promoter.tick import Tick, look  # noqa: PLC0415
    from promoter.wire import no_metrics, open_policies, open_world  # noqa: PLC0415

    chosen = options(**given)
    world = open_world(chosen, no_metrics, acting=False)
    policies = open_policies(world, chosen, acting=False)
    found = look(world, Tick(policies=policies, at=chosen.at, names=chosen.names))
    standing = Standing(
        at=chosen.at,
        branch=world.base.branch,
        commit=world.base.commit,
        items=tuple(item if isinstance(item, Unusable) else item.situation for item in found),
        notes=(*world.notes, *policies.notes),
    )
    match chosen.output:
        case "json":
            text = status_json(standing)
        case "markdown":
            text = status_markdown(standing)
        case _:
            text = status_text(standing, painter())
    click.echo(without_known(text), nl=False)
    broken = [item for item in found if isinstance(item, Unusable)]
    for item in broken:
        for problem in item.problems:
            click.echo(without_secrets(f"error: {item.name}: {problem}"), err=True)
    return ExitCode.ERROR if broken else ExitCode.OK
