"""`promoter run`: one tick, or one every so often."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from promoter import __version__
from promoter.cli.options import common, now, options
from promoter.cli.render import echo_report, exit_code
from promoter.cli.secrets import without_secrets
from promoter.core.outcome import TickReport
from promoter.errors import ExitCode, PromoterError, SettingsError
from promoter.report.exposition import Attempt, exposition, last_tick_in
from promoter.settings import Options
from promoter.textfile import ensure_writable, read_before, write_atomically


@click.command("run")
@common
@click.option("--watch", metavar="30s", default=None, help="Keep ticking, this long apart, until stopped.")
@click.option(
    "--metrics-file",
    metavar="PATH",
    type=click.Path(path_type=Path),
    default=None,
    help="Metrics about the bot itself, for the textfile collector, after every tick.",
)
def command(*, watch: str | None, metrics_file: Path | None, **given: Any) -> int:
    """One tick: judge, decide, and act on the forge. Safe to run twice, or at the same time."""
    chosen = options(**given)
    if metrics_file is not None:
        ensure_writable(metrics_file)
    if watch is None:
        return told_tick(chosen, metrics_file)
    if chosen.pinned:
        raise SettingsError("--watch and --at exclude each other")
    return keep_ticking(interval(watch), lambda: told_tick(options(**given), metrics_file))


def told_tick(chosen: Options, metrics_file: Path | None) -> int:
    """One tick, printed, and told in the metrics file: also where it ends in an error."""
    try:
        report = one_tick(chosen)
    except Exception:
        if metrics_file is not None:
            tell_failure(chosen, metrics_file)
        raise
    if metrics_file is not None:
        attempt = Attempt(version=__version__, began=chosen.at, report=report)
        write_atomically(metrics_file, exposition(attempt))
    return exit_code(report)


def tell_failure(chosen: Options, metrics_file: Path) -> None:
    """Write that this tick failed. What is wrong with the file is told beside the tick's own error."""
    before = last_tick_in(read_before(metrics_file))
    attempt = Attempt(version=__version__, began=chosen.at, last_tick=before)
    try:
        write_atomically(metrics_file, exposition(attempt))
    except SettingsError as error:
        click.echo(f"error: {error}", err=True)


def one_tick(chosen: Options) -> TickReport:
    """One pass over all rollouts, printed."""
    from promoter.tick import Tick, run_tick  # noqa: PLC0415 - heavy imports where they are used
    from promoter.wire import open_policies, open_world, prometheus  # noqa: PLC0415

    world = open_world(chosen, prometheus(chosen, os.environ).with_tenant, acting=True)
    policies = open_policies(world, chosen, acting=True)
    report = run_tick(world, Tick(policies=policies, at=chosen.at, names=chosen.names), acting=True)
    echo_report(report, chosen)
    return report


def interval(text: str) -> timedelta:
    """`--watch`: a duration of a second or more. Raises SettingsError otherwise."""
    from promoter.policy.units import UnitError, read_duration  # noqa: PLC0415

    try:
        length = read_duration(text)
    except UnitError as error:
        raise SettingsError(f"--watch: {error}") from error
    if length < timedelta(seconds=1):
        raise SettingsError("--watch needs a second or more")
    return length


def keep_ticking(length: timedelta, tick: Callable[[], int]) -> int:
    """Tick until interrupted. What goes wrong in one tick is told, and the next one tries again."""
    stopped = threading.Event()
    while not stopped.wait(0):
        began = now()
        try:
            tick()
        except PromoterError as error:
            click.echo(f"error: {without_secrets(str(error))}", err=True)
        spent = now() - began
        stopped.wait(max(timedelta(0), length - spent).total_seconds())
    return ExitCode.OK
