"""The options that commands share, and the one place where the clock is read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from promoter.errors import SettingsError
from promoter.settings import Options

Command = TypeVar("Command", bound=Callable[..., Any])


def now() -> datetime:
    """The present, to the second: the only reading of the clock in this program."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - this is the place


def moment_option(text: str | None) -> datetime | None:
    """`--at`: RFC 3339 with an offset or Z. Raises SettingsError otherwise."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"--at {text!r} is no time", hint="write it like 2026-01-07T08:19:39Z") from error
    if at.tzinfo is None:
        raise SettingsError(f"--at {text!r} has no time zone", hint="add Z for UTC, or an offset like +08:00")
    try:
        return at.astimezone(UTC).replace(microsecond=0)
    except OverflowError as error:
        raise SettingsError(f"--at {text!r} is out of range") from error


def common(command: Command) -> Command:
    """The rollouts asked for and the shared options; the command receives them as keyword arguments."""
    return click.argument("names", nargs=-1, metavar="[ROLLOUT]...")(shared(command))


def shared(command: Command) -> Command:
    """The options that every command of the loop takes, in one decorator."""
    decorators = [
        click.option("--repo", default=".", show_default=True, help="The Git repository."),
        click.option("--policies", default="policies", show_default=True, help="Directory of the policies."),
        click.option("--base", default=None, help="Branch that is applied  [default: the remote's default]"),
        click.option(
            "--forge", type=click.Choice(["auto", "local", "github"]), default="auto", show_default=True
        ),
        click.option("--prometheus", metavar="URL", default=None, help="Overrides PROMETHEUS_URL."),
        click.option(
            "--at", metavar="RFC3339", default=None, help="Evaluate as of then (rehearsals, tests)."
        ),
        click.option(
            "--output", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
        ),
        click.option("-q", "--quiet", is_flag=True, help="One line a rollout."),
        click.option("-v", "--verbose", count=True, help="More of the evidence."),
    ]
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def options(**given: Any) -> Options:
    """The parsed options as one value."""
    at = moment_option(given.get("at"))
    return Options(
        repo=Path(given["repo"]),
        policies=given["policies"],
        base=given["base"],
        forge=given["forge"],
        prometheus=given["prometheus"],
        at=at or now(),
        pinned=at is not None,
        output=given["output"],
        verbosity=-1 if given["quiet"] else given["verbose"],
        names=tuple(given.get("names", ())),
    )


def painter() -> Callable[[str, str], str]:
    """Colours for a terminal, none elsewhere or where NO_COLOR is set."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return lambda text, _colour: text
    return lambda text, colour: click.style(text, fg=colour) if colour else text
