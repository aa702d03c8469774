"""One way to call git: hardened environment, arguments as a list, bytes in and out, errors in one line."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from git.cmd import Git as Command
from git.exc import GitCommandNotFound

from promoter.errors import RepoError

TIMEOUT = 120.0  # seconds: a git that takes longer waits for something that will not come

# No prompts, no pager, no hooks, no fsmonitor, literal paths, history as it was pushed; messages in English.
HARDENED: Mapping[str, str] = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
CONFIG = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never")

# What git sets for a hook: it would point every command at the caller's repository instead of ours.
CALLERS = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE"),
    *("GIT_QUARANTINE_PATH", "GIT_IMPLICIT_WORK_TREE", "GIT_EXTERNAL_DIFF"),
)


@dataclass(frozen=True, slots=True)
class Done:
    """A finished git: what it wrote and how it ended."""

    stdout: bytes
    stderr: bytes
    code: int


class Git:
    """git in one directory, started through GitPython."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._command = Command(directory)
        self._command.update_environment(**HARDENED)

    def run(
        self, *arguments: str, data: bytes = b"", env: Mapping[str, str] | None = None, check: bool = True
    ) -> Done:
        """The finished process. Raises RepoError with git's own words where `check` and it failed."""
        try:
            process = self._command.execute(
                ["git", *CONFIG, *arguments], as_process=True, istream=subprocess.PIPE, env=dict(env or {})
            )
            stdout, stderr = process.communicate(data, timeout=TIMEOUT)
        except (GitCommandNotFound, FileNotFoundError) as error:
            raise RepoError("git is not installed, or the repository is gone", hint="install git") from error
        except subprocess.TimeoutExpired as error:
            raise RepoError(f"git {arguments[0]} took longer than {TIMEOUT:.0f} s") from error
        if check and process.returncode:
            raise RepoError(f"git {arguments[0]} failed: {last_words(stderr)}")
        return Done(stdout, stderr, process.returncode)

    def text(self, *arguments: str, check: bool = True) -> str:
        """Standard output as text, without the last line end."""
        return self.run(*arguments, check=check).stdout.decode("utf-8", "replace").rstrip("\n")

    def lines(self, *arguments: str, data: Sequence[str] = ()) -> list[str]:
        """Standard output as lines, fed with lines."""
        out = self.run(*arguments, data="".join(f"{line}\n" for line in data).encode()).stdout
        return out.decode("utf-8", "replace").splitlines()


def forget_caller() -> None:
    """This process and its gits no longer know the repository that promoter may have been started from."""
    for name in CALLERS:
        os.environ.pop(name, None)


def last_words(stderr: bytes) -> str:
    """Git's last line of complaint, without its prefix and control characters."""
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    words = lines[0] if lines else "no reason given"
    for line in lines:
        if line.startswith(("fatal:", "error:")):
            words = line.split(":", 1)[1].strip()
            break
    return "".join(char if char.isprintable() else " " for char in words)[:200]
