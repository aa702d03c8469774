"""`promoter guard`: would base's policy make a human's change of weights now? Lints changed policies."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promoter.cli.keep import append
from promoter.cli.options import options, shared
from promoter.cli.secrets import without_known, without_secrets
from promoter.errors import ExitCode, Problem, SettingsError
from promoter.settings import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from promoter.guard import Reviewed
    from promoter.metrics.protocol import Metrics
    from promoter.world import World


@click.command("guard")
@click.option("--diff", "span", metavar="BASE..HEAD", help="The change: what merging HEAD makes of BASE.")
@click.option("--pr", "number", type=click.IntRange(1), help="The change of this pull request.")
@click.option(
    "--open",
    "everyone",
    is_flag=True,
    help="Every open pull request of others and merge group: sets rollout/health.",
)
@click.option("--summary", type=click.Path(path_type=Path), help="Append the findings to FILE as markdown.")
@shared
def command(
    *, span: str | None, number: int | None, everyone: bool, summary: Path | None, **given: Any
) -> int:
    """Fail where a change raises a weight that the policy on base would not raise now.

    Changed policies are linted. A change never loosens the rule that judges it. Without --diff and --pr the
    change is the one of this GitHub Actions run. Prometheus is asked only where a weight rises; where health
    cannot be known, the raise is refused.
    """
    if everyone:
        if span is not None or number is not None:
            raise SettingsError("--open is about every pull request: it takes no --diff and no --pr")
        return _visit(options(**given))
    from promoter.guard import review  # noqa: PLC0415 - heavy imports where they are used
    from promoter.proposed import Proposed  # noqa: PLC0415

    asked = _asked(options(**given), span, number)
    world = _world(asked)
    base, head = _ends(world, asked)
    proposed = Proposed.read(world.repo, base, head, asked.chosen.policies)
    found = review(world, proposed, asked.chosen.at)
    _show(found, asked.chosen, summary)
    return ExitCode.ERROR if found.refused else ExitCode.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Which change: two names, or a pull request, or a head that the event named."""

    chosen: Options
    base: str | None = None
    head: str | None = None
    number: int | None = None


def _asked(chosen: Options, span: str | None, number: int | None) -> _Asked:
    from promoter.event import read_event  # noqa: PLC0415

    if span is not None:
        base, dots, head = span.partition("..")
        if number is not None or not base or not dots or not head.lstrip("."):
            raise SettingsError("name one change: --diff BASE..HEAD, or --pr N")
        return _Asked(chosen=chosen, base=base, head=head.lstrip("."))
    event = read_event(os.environ)
    if event is not None and number in (None, event.number):
        return _Asked(chosen=replace(chosen, base=chosen.base or event.base_branch), head=event.head)
    if number is None:
        hint = "or run it on a pull request's or merge group's event in GitHub Actions"
        raise SettingsError("name a change: --diff BASE..HEAD, or --pr N", hint=hint)
    return _Asked(chosen=chosen, number=number)


def _visit(chosen: Options) -> int:
    """The bot's part: judge what others have open, and say so on GitHub."""
    from promoter.visit import visit  # noqa: PLC0415
    from promoter.wire import open_visitors  # noqa: PLC0415

    world, visitors = open_visitors(chosen, _metrics(chosen))
    failed = False
    for one in visit(world, visitors, chosen.policies, chosen.at):
        if one.said is not None:
            news = "" if one.new else " (said already)"
            line = f"{one.name} {one.said.state.value}: {one.said.description}{news}"
            click.echo(without_secrets(line))
        else:
            failed = True
            click.echo(without_secrets(f"error: {one.name}: {one.error}"), err=True)
    if visitors.left:
        rest = f"{visitors.left} more open pull requests were not looked at: only those updated last are"
        click.echo(f"{rest}; a push or a comment brings one of them to the front", err=True)
    return ExitCode.ERROR if failed else ExitCode.OK


def _metrics(chosen: Options) -> Callable[[str | None], Metrics]:
    """Prometheus, looked for only when it is asked: most changes raise nothing."""
    from promoter.wire import prometheus  # noqa: PLC0415

    return lambda tenant: prometheus(chosen, os.environ).with_tenant(tenant)


def _world(asked: _Asked) -> World:
    """The world at base. Strict as for acting, except for two commits that a human names at home."""
    from promoter.forge.github.settings import require_bot  # noqa: PLC0415
    from promoter.wire import open_world  # noqa: PLC0415

    in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    if in_actions and asked.chosen.forge != "local":
        require_bot(os.environ)
    strict = asked.base is None or in_actions
    return open_world(asked.chosen, _metrics(asked.chosen), acting=strict)


def _ends(world: World, asked: _Asked) -> tuple[str, str]:
    """The base that judges and the head that is judged, by names that this clone knows."""
    if asked.base is not None and asked.head is not None:
        return asked.base, asked.head
    from promoter.event import head_of  # noqa: PLC0415

    head = asked.head if asked.number is None else head_of(world.repo, asked.number)
    assert head is not None  # noqa: S101 - _asked() found one of the three
    return world.base.commit, head


def _show(found: Reviewed, chosen: Options, summary: Path | None) -> None:
    from promoter.report.guard import guard_markdown  # noqa: PLC0415

    markdown = guard_markdown(found.refused, found.told, base=found.base)
    append(summary, markdown)
    match chosen.output:
        case "json":
            document = {
                "version": 1,
                "base": found.base,
                "refused": [_json(problem) for problem in found.refused],
                "told": [_json(problem) for problem in found.told],
            }
            click.echo(without_known(json.dumps(document, indent=2, ensure_ascii=False)))
        case "markdown":
            click.echo(without_known(markdown), nl=False)
        case _:
            for problem in found.refused:
                click.echo(without_secrets(str(problem)))
            for problem in found.told:
                click.echo(without_secrets(f"note: {problem}"))
    count = len(found.refused)
    told = "nothing stands against this change" if not count else f"{count} refused"
    click.echo(f"judged by the policies on base, {found.base[:9]}: {told}", err=True)


def _json(problem: Problem) -> dict[str, str | int | None]:
    where = problem.where
    return {
        "file": where.file if where else None,
        "line": where.line if where else None,
        "message": without_secrets(problem.message),
        "hint": without_secrets(problem.hint) if problem.hint else None,
    }
