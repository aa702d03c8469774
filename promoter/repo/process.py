"""Git as a child process: one fixed environment, bytes in and out, no shell, hook, pager or prompt."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from promoter.errors import RepoError

# Options of git itself, before the subcommand; they win over every configuration file.
_COMMAND = (
    "git",
    "--no-pager",
    "--literal-pathspecs",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "advice.detachedHead=false",
)

# Set by git for its hooks and aliases: they would point us at another repository, index or object store.
_FOREIGN = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DEFAULT_HASH",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)

_FIXED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}

SECONDS = 600.0  # no local command takes that long; a hung filesystem does


class GitFailed(RepoError):
    """A git command that failed. `stderr` is what it said, `status` its exit status."""

    def __init__(self, command: str, status: int, stderr: bytes, *, hint: str | None = None) -> None:
        self.status = status
        self.stderr = stderr.decode("utf-8", "replace")
        super().__init__(f"git {command} failed: {_told(self.stderr) or f'exit status {status}'}", hint=hint)


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git in one directory. The user's and the system's configuration count, repository hooks do not."""

    directory: Path

    def run(
        self,
        *words: str,
        stdin: bytes = b"",
        seconds: float = SECONDS,
        environ: Mapping[str, str] | None = None,
    ) -> bytes:
        """The output of a command. Raises GitFailed where it fails or takes longer than `seconds`."""
        status, out, err = self.ask(*words, stdin=stdin, seconds=seconds, environ=environ)
        if status:
            raise GitFailed(words[0], status, err)
        return out

    def ask(
        self,
        *words: str,
        stdin: bytes = b"",
        seconds: float = SECONDS,
        environ: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes, bytes]:
        """Exit status, output and error output of a command that may fail."""
        with self.start(*words, stderr=subprocess.PIPE, environ=environ) as process:
            try:
                out, err = process.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise RepoError(f"git {words[0]} did not finish within {seconds:g} s") from error
            return process.returncode, out, err

    def start(
        self, *words: str, stderr: IO[bytes] | int, environ: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """A running command with its input and output as pipes. Raises RepoError where git is missing."""
        try:
            return subprocess.Popen(
                [*_COMMAND, *words],
                cwd=self.directory,
                env=environment(os.environ) | dict(environ or {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        except FileNotFoundError as error:
            if self.directory.is_dir():
                raise RepoError("git is not installed, or not on PATH", hint="install git") from error
            raise RepoError(f"{self.directory} does not exist any more") from error
        except OSError as error:
            raise RepoError(f"cannot run git in {self.directory}: {error.strerror}") from error


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that git runs in: no prompt, no other repository, English messages."""
    kept = {name: value for name, value in environ.items() if name not in _FOREIGN}
    # A question that nobody sees would wait for ever.
    kept.setdefault("GIT_ASKPASS", "true")
    kept.setdefault("SSH_ASKPASS", "true")
    if "GIT_SSH" not in kept:
        kept.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    return kept | _FIXED


def _told(stderr: str) -> str:
    """The line that says what went wrong, without control characters and without URL passwords."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    told = (fatal or lines or [""])[0].removeprefix("fatal:").removeprefix("error:").strip()
    told = re.sub(r"://[^/@\s]+@", "://***@", told)
    return "".join(char if char.isprintable() else " " for char in told)[:300]
