"""`promoter run`: one tick, or one every so often."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import click

from promoter import __version__
from promoter.cli.keep import files, keep
from promoter.cli.options import common, now, options
from promoter.cli.render import echo_report, exit_code
from promoter.cli.secrets import without_secrets
from promoter.core.outcome import TickReport
from promoter.errors import PromoterError, SettingsError
from promoter.report.exposition import Attempt, exposition, last_tick_in
from promoter.settings import Options
from promoter.textfile import ensure_writable, read_before, write_atomically


@click.command("run")
@common
@click.option("--watch", metavar="30s", default=None, help="Keep ticking, this long apart, until stopped.")
@click.option("--record", type=click.Path(path_type=Path), help="Write the evidence to FILE.")
@files
@click.option(
    "--metrics-file",
    metavar="PATH",
    type=click.Path(path_type=Path),
    default=None,
    help="Metrics about the bot itself, for the textfile collector, after every tick.",
)
def command(
    *,
    watch: str | None,
    record: Path | None,
    summary: Path | None,
    kept: Path | None,
    metrics_file: Path | None,
    **given: Any,
) -> int:
    """One tick: judge, decide, and act on the forge. Safe to run twice, or at the same time."""
    chosen = options(**given)
    if metrics_file is not None:
        ensure_writable(metrics_file)
    if watch is None:
        return told_tick(chosen, metrics_file, record=record, summary=summary, kept=kept)
    if record or summary or kept:
        raise SettingsError("--watch and files for one tick's report exclude each other")
    if chosen.pinned:
        raise SettingsError("--watch and --at exclude each other")
    return keep_ticking(interval(watch), lambda: told_tick(options(**given), metrics_file))


def told_tick(
    chosen: Options,
    metrics_file: Path | None,
    *,
    record: Path | None = None,
    summary: Path | None = None,
    kept: Path | None = None,
) -> int:
    """One tick, printed, and told in the metrics file: also where it ends in an error."""
    try:
        report = one_tick(chosen, record=record, summary=summary, kept=kept)
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


def one_tick(
    chosen: Options, *, record: Path | None = None, summary: Path | None = None, kept: Path | None = None
) -> TickReport:
    """One pass over all rollouts, printed, and kept in these files."""
    from promoter.evidence_files import plan_metrics  # noqa: PLC0415 - heavy imports where they are used
    from promoter.tick import Tick, run_tick  # noqa: PLC0415
    from promoter.wire import open_policies, open_world  # noqa: PLC0415

    source = plan_metrics(chosen, os.environ, record=record, recorded=None)
    world = open_world(chosen, source.metrics, acting=True)
    policies = open_policies(world, chosen, acting=True)
    report = run_tick(world, Tick(policies=policies, at=chosen.at, names=chosen.names), acting=True)
    echo_report(report, chosen)
    source.save()
    keep(report, summary=summary, kept=kept)
    return report


def interval(text: str, option: str = "--watch") -> timedelta:
    """A duration of a second or more. Raises SettingsError otherwise."""
    from promoter.policy.units import UnitError, read_duration  # noqa: PLC0415

    try:
        length = read_duration(text)
    except UnitError as error:
        raise SettingsError(f"{option}: {error}") from error
    if length < timedelta(seconds=1):
        raise SettingsError(f"{option} needs a second or more")
    return length


def keep_ticking(length: timedelta, tick: Callable[[], int]) -> int:
    """Tick until interrupted. What goes wrong in one tick is told, and the next one tries again."""
    stopped = threading.Event()
    with interruptible(stopped):
        while not stopped.wait(0):
            began = now()
            try:
                tick()
            except PromoterError as error:
                click.echo(f"error: {without_secrets(str(error))}", err=True)
            spent = now() - began
            stopped.wait(max(timedelta(0), length - spent).total_seconds())
    raise KeyboardInterrupt  # it came where Python only notes it: while something was being cleaned up


@contextmanager
def interruptible(stopped: threading.Event) -> Iterator[None]:
    """An interrupt also sets `stopped`: one that falls into a finaliser is swallowed otherwise."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield  # somebody else's to handle, or ignored on purpose
        return

    def interrupted(number: int, frame: FrameType | None) -> None:
        stopped.set()
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
