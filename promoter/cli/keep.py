"""The same report in files: markdown for a job's summary, JSON beside the evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from promoter.cli.secrets import without_known
from promoter.core.outcome import TickReport
from promoter.errors import SettingsError

Command = TypeVar("Command", bound=Callable[..., Any])


def files(command: Command) -> Command:
    """`--summary` and `--report`, for commands that end in a report."""
    path = click.Path(path_type=Path)
    command = click.option("--report", "kept", type=path, help="Write the report to FILE as JSON.")(command)
    return click.option("--summary", type=path, help="Append the report to FILE as markdown.")(command)


def keep(report: TickReport, *, summary: Path | None, kept: Path | None) -> None:
    """Write what was asked for. Raises SettingsError where a file cannot be written."""
    from promoter.report.markdown import plan_markdown  # noqa: PLC0415 - heavy imports where they are used
    from promoter.report.plan_json import plan_json  # noqa: PLC0415

    append(summary, plan_markdown(report) if summary else "")
    if kept is not None:
        _write(kept, plan_json(report), "w")


def append(file: Path | None, text: str) -> None:
    """Add text to the end of a file, where one is given. Raises SettingsError where that cannot be done."""
    if file is not None:
        _write(file, text, "a")


def _write(file: Path, text: str, mode: str) -> None:
    try:
        with file.open(mode, encoding="utf-8") as stream:
            stream.write(without_known(text))
    except OSError as error:
        raise SettingsError(f"cannot write {file}: {error.strerror}") from error
