"""`promoter run`: one tick, or one every so often."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from promoter.cli.options import common, now, options
from promoter.cli.render import echo_report, exit_code
from promoter.cli.secrets import without_secrets
from promoter.errors import ExitCode, PromoterError, SettingsError
from promoter.settings import Options


@click.command("run")
@common
@click.option("--watch", metavar="30s", default=None, help="Keep ticking, this long apart, until stopped.")
def command(*, watch: str | None, **given: Any) -> int:
    """One tick: judge, decide, and act on the forge. Safe to run twice, or at the same time."""
    chosen = options(**given)
    if watch is None:
        return one_tick(chosen)
    if chosen.pinned:
        raise SettingsError("--watch and --at exclude each other")
    return keep_ticking(interval(watch), lambda: one_tick(options(**given)))


def one_tick(chosen: Options) -> int:
    """One pass over all rollouts, printed; returns the exit code."""
    from promoter.tick import Tick, run_tick  # noqa: PLC0415 - heavy imports where they are used
    from promoter.wire import open_policies, open_world, prometheus  # noqa: PLC0415

    world = open_world(chosen, prometheus(chosen, os.environ).with_tenant, acting=True)
    policies = open_policies(world, chosen, acting=True)
    report = run_tick(world, Tick(policies=policies, at=chosen.at, names=chosen.names), acting=True)
    echo_report(report, chosen)
    return exit_code(report)


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
