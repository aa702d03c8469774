"""`promoter drill pause|rollback NAME`: the emergency path, rehearsed, timed and recorded."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from promoter.cli.options import common, now, options, painter
from promoter.core.drills import DrillKind
from promoter.errors import ExitCode, SettingsError

if TYPE_CHECKING:
    from promoter.drill import Ground
    from promoter.metrics.protocol import Metrics
    from promoter.settings import Options
    from promoter.world import World

_ASKED = {
    DrillKind.PAUSE: "records a pause and lifts it at once; the evidence of the present step then starts anew",
    DrillKind.ROLLBACK: "takes every candidate to 0 %, and the rollback's hold stands until you resume",
}


@click.group("drill")
def command() -> None:
    """Rehearse the emergency path on a scratch copy of base, time each leg, and keep a record.

    --live does it on base itself, and asks first.
    """


def _drill(kind: DrillKind, line: str) -> click.Command:
    @click.command(kind.value, help=line)
    @common
    @click.option("--live", is_flag=True, help="On base itself, with the real forge and traffic.")
    @click.option("--yes", is_flag=True, help="Do not ask before --live.")
    @click.option("--reason", default="drill", show_default=True, help="Why, for the record.")
    def body(*, live: bool, yes: bool, reason: str, **given: Any) -> int:
        return run(kind, options(**given), live=live, yes=yes, reason=reason)

    return body


command.add_command(_drill(DrillKind.PAUSE, "Pause, see that it holds, resume."))
command.add_command(_drill(DrillKind.ROLLBACK, "Propose the way to 0 %, merge it, see that it holds."))


def run(kind: DrillKind, chosen: Options, *, live: bool, yes: bool, reason: str) -> int:
    """One drill of one rollout, printed and recorded. 1 where the path does not work."""
    from promoter.drill import Clock, rehearse  # noqa: PLC0415 - heavy imports where they are used
    from promoter.forge.drills import DrillLog  # noqa: PLC0415
    from promoter.report.drills import drill_json, drill_markdown, drill_text  # noqa: PLC0415

    if len(chosen.names) != 1:
        raise SettingsError("name the one rollout this is about")
    if live and chosen.pinned:
        raise SettingsError("--live and --at exclude each other")
    ground, log = _ground(chosen, reason), DrillLog(_open(chosen).repo)
    before = log.read(ground.name)
    if live and not yes:
        _ask(kind, ground.name)
    clock = Clock(now=now, seconds=time.perf_counter, wait=time.sleep)
    drill = rehearse(kind, ground, clock, live=live)
    kept = log.keep(drill)
    match chosen.output:
        case "json":
            text = drill_json(drill, before, kept)
        case "markdown":
            text = drill_markdown(drill, before, kept)
        case _:
            text = drill_text(drill, before, kept, painter())
    click.echo(text, nl=False)
    return ExitCode.ERROR if drill.problem else ExitCode.OK


def _ask(kind: DrillKind, name: str) -> None:
    if not sys.stdin.isatty():
        raise SettingsError("--live asks first, and nobody can answer here", hint="give --yes")
    click.confirm(f"{name}: this is no rehearsal on a copy: it {_ASKED[kind]}. Go on?", abort=True, err=True)


def _open(chosen: Options) -> World:
    from promoter.wire import open_world, prometheus  # noqa: PLC0415

    def metrics(tenant: str | None) -> Metrics:
        return prometheus(chosen, os.environ).with_tenant(tenant)

    return open_world(chosen, metrics, acting=True)


def _ground(chosen: Options, reason: str) -> Ground:
    from promoter.drill import Ground  # noqa: PLC0415
    from promoter.human import Request  # noqa: PLC0415
    from promoter.wire import open_policies  # noqa: PLC0415

    if not reason.strip():
        raise SettingsError("--reason is empty", hint="say why, for those who read it later")
    by = _open(chosen).repo.user_identity()
    return Ground(
        world=lambda: _open(chosen),
        policies=lambda world: open_policies(world, chosen, acting=True),
        request=Request(by=by, reason=reason.strip(), at=chosen.at),
        name=chosen.names[0],
    )
