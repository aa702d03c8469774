"""`promoter drill pause|rollback NAME`: the emergency path, rehearsed, timed and recorded."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from promoter.cli.options import common, now, options, painter
from promoter.cli.secrets import without_secrets
from promoter.core.drills import DrillKind
from promoter.drill import Clock, Ground, rehearse
from promoter.errors import ExitCode, PromoterError, SettingsError
from promoter.human import Request
from promoter.report.drills import Told, drill_markdown, drill_text, drills_json

if TYPE_CHECKING:
    from promoter.forge.drills import DrillLog
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
    """One drill of each rollout, printed and recorded. 1 where a path does not work."""
    from promoter.forge.drills import DrillLog  # noqa: PLC0415 - heavy imports where they are used
    from promoter.wire import open_policies  # noqa: PLC0415

    if not reason.strip():
        raise SettingsError("--reason is empty", hint="say why, for those who read it later")
    if live and chosen.pinned:
        raise SettingsError("--live and --at exclude each other")
    world = _open(chosen)
    policies = open_policies(world, chosen, acting=True)
    names = chosen.names or tuple(policy.name for policy in policies.good)
    policies.select(names)  # an unknown name is told before anything is done
    if live:
        _ask(kind, names, yes=yes)
    by = world.human or world.repo.user_identity()
    request = Request(by=by, reason=without_secrets(reason.strip()), at=chosen.at)
    told, code = [], ExitCode.OK
    for problem in (p for one in policies.broken if not chosen.names for p in one.problems):
        click.echo(f"error: {problem}", err=True)
        code = ExitCode.ERROR
    for name in names:
        try:
            told.append(_one(kind, _ground(chosen, request, name), DrillLog(world.repo), live=live))
        except PromoterError as error:
            click.echo(f"error: {error}", err=True)
            code = ExitCode.ERROR
    _echo(told, chosen.output)
    return ExitCode.ERROR if any(one.drill.problem for one in told) else code


def _one(kind: DrillKind, ground: Ground, log: DrillLog, *, live: bool) -> Told:
    before = log.read(ground.name)
    drill = rehearse(kind, ground, Clock(now=now, seconds=time.perf_counter, wait=time.sleep), live=live)
    return Told(drill=drill, before=before, kept=log.keep(drill))


def _echo(told: Sequence[Told], output: str) -> None:
    match output:
        case "json":
            text = drills_json(told)
        case "markdown":
            text = "\n".join(drill_markdown(one) for one in told)
        case _:
            text = "".join(drill_text(one, painter()) for one in told)
    click.echo(text, nl=False)


def _ask(kind: DrillKind, names: Sequence[str], *, yes: bool) -> None:
    if len(names) != 1:
        raise SettingsError("--live is about one rollout: name it")
    if yes:
        return
    if not sys.stdin.isatty():
        raise SettingsError("--live asks first, and nobody can answer here", hint="give --yes")
    click.confirm(
        f"{names[0]}: this is no rehearsal on a copy: it {_ASKED[kind]}. Go on?", abort=True, err=True
    )


def _open(chosen: Options) -> World:
    from promoter.wire import open_world, prometheus  # noqa: PLC0415

    def metrics(tenant: str | None) -> Metrics:
        return prometheus(chosen, os.environ).with_tenant(tenant)

    return open_world(chosen, metrics, acting=True)


def _ground(chosen: Options, request: Request, name: str) -> Ground:
    from promoter.wire import open_policies  # noqa: PLC0415

    return Ground(
        world=lambda: _open(chosen),
        policies=lambda world: open_policies(world, chosen, acting=True),
        request=request,
        name=name,
    )
