"""`promoter heartbeat`: how long ago the bot last ticked, from this workflow's earlier runs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from promoter.cli.keep import append
from promoter.cli.options import moment_option, now
from promoter.cli.secrets import without_secrets
from promoter.errors import PromoterError


@click.command("heartbeat")
@click.option("--every", metavar="10m", required=True, help="How often a tick is due.")
@click.option("--at", metavar="RFC3339", default=None, help="As of then (tests).")
@click.option("--summary", type=click.Path(path_type=Path), help="Append it to FILE as markdown.")
def command(*, every: str, at: str | None, summary: Path | None) -> None:
    """Say how long ago a tick last ended well, on GitHub Actions; changes nothing and fails nothing."""
    from promoter.cli.run import interval  # noqa: PLC0415
    from promoter.core.heartbeat import Heartbeat  # noqa: PLC0415
    from promoter.forge.github.runs import earlier_ticks  # noqa: PLC0415
    from promoter.report.heartbeat import heartbeat_line, heartbeat_markdown, unknown_markdown  # noqa: PLC0415

    due = interval(every, option="--every")
    try:
        last, failed = earlier_ticks(os.environ)
        heartbeat = Heartbeat(at=moment_option(at) or now(), every=due, last=last, failed=failed)
    except PromoterError as error:  # a tick must not fail for want of its age
        why = without_secrets(str(error))
        click.echo(f"the age of the last tick is unknown: {why}", err=True)
        append(summary, unknown_markdown(why))
        return
    click.echo(heartbeat_line(heartbeat))
    append(summary, heartbeat_markdown(heartbeat))
