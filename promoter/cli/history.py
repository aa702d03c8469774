"""`promoter history NAME`: a rollout's timeline."""

from __future__ import annotations

from typing import Any

import click

from promoter.cli.options import common, options, painter
from promoter.cli.secrets import without_known
from promoter.errors import PromoterError


@click.command("history")
@common
def command(**given: Any) -> None:
    """A rollout's timeline: promotions, freezes, resumes, rollbacks, who and why."""
    from promoter.core.situation import Unusable  # noqa: PLC0415 - heavy imports where they are used
    from promoter.report.timeline import entries, timeline_json, timeline_markdown, timeline_text  # noqa: PLC0415
    from promoter.tick import Tick, look  # noqa: PLC0415
    from promoter.wire import no_metrics, open_policies, open_world  # noqa: PLC0415

    chosen = options(**given)
    world = open_world(chosen, no_metrics, acting=False)
    policies = open_policies(world, chosen, acting=False)
    found = look(world, Tick(policies=policies, at=chosen.at, names=chosen.names))
    problems = [problem for item in found if isinstance(item, Unusable) for problem in item.problems]
    if problems:
        raise PromoterError("\n".join(problems))
    told = entries(tuple(item.situation for item in found if not isinstance(item, Unusable)))
    match chosen.output:
        case "json":
            text = timeline_json(told)
        case "markdown":
            text = timeline_markdown(told)
        case _:
            text = timeline_text(told, painter())
    click.echo(without_known(text), nl=False)
