"""The metrics file of `promoter run`: written beside its place and renamed, so that nobody reads half of it."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from promoter.errors import SettingsError

MODE = 0o644  # the collector runs as another user
_LONGEST = 1 << 20  # what is read of an older file


def ensure_writable(path: Path) -> None:
    """Raise SettingsError where no file can be put at this path: told before the tick, not after it."""
    folder = path.parent
    if path.is_dir():
        raise SettingsError(
            f"--metrics-file {path} is a directory", hint="name a file in it, like promoter.prom"
        )
    if not folder.is_dir():
        raise SettingsError(f"--metrics-file: there is no directory {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(
            f"--metrics-file: {folder} is not writable", hint="the file is renamed into its place there"
        )


def write_atomically(path: Path, text: str) -> None:
    """Replace the file by this text, readable by everyone. Raises SettingsError where that does not work."""
    temporary: str | None = None
    try:
        # Hidden and without .prom at its end: the collector does not look at it.
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            os.fchmod(file.fileno(), MODE)
            file.write(text)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                Path(temporary).unlink()
        words = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(f"--metrics-file {path} cannot be written: {words}") from error


def read_before(path: Path) -> str:
    """What the file said before, "" where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).decode("utf-8", "replace")
    except OSError:
        return ""
