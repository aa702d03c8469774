"""`promoter plan`: what a tick would decide and change, with the evidence. Changes nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from promoter.cli.keep import files, keep
from promoter.cli.options import common, options
from promoter.cli.render import echo_report, exit_code
from promoter.errors import ExitCode


@click.command("plan")
@common
@click.option("--exit-code", "detailed", is_flag=True, help="0 nothing to do, 3 due, 4 held, 5 waiting.")
@click.option("--record", type=click.Path(path_type=Path), help="Write the evidence to FILE.")
@click.option("--recorded", type=click.Path(path_type=Path), help="Judge the evidence in FILE, offline.")
@files
def command(
    *,
    detailed: bool,
    record: Path | None,
    recorded: Path | None,
    summary: Path | None,
    kept: Path | None,
    **given: Any,
) -> int:
    """What a tick would decide and change, with the evidence. Changes nothing."""
    from promoter.evidence_files import plan_metrics  # noqa: PLC0415 - heavy imports where they are used
    from promoter.tick import Tick, run_tick  # noqa: PLC0415
    from promoter.wire import open_policies, open_world  # noqa: PLC0415

    chosen = options(**given)
    source = plan_metrics(chosen, os.environ, record=record, recorded=recorded)
    world = open_world(chosen, source.metrics, acting=False)
    policies = open_policies(world, chosen, acting=False)
    report = run_tick(world, Tick(policies=policies, at=source.at, names=chosen.names), acting=False)
    source.save()
    keep(report, summary=summary, kept=kept)
    echo_report(report, chosen)
    return exit_code(report, detailed=detailed) or ExitCode.OK
