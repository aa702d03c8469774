"""Git as a child process: one fixed environment, bytes in and out, no shell, hook, pager or prompt."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
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


class GitError(RepoError):
    """A git command that failed. `stderr` is what it said, `status` its exit status."""

    def __init__(self, command: str, status: int, stderr: bytes, *, hint: str | None = None) -> None:
        self.status = status
        self.stderr = stderr.decode("utf-8", "replace")
        super().__init__(f"git {command} failed: {_told(self.stderr) or f'exit status {status}'}", hint=hint)


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git in one directory, through GitPython. The user's and the system's configuration count.

    `environ` is added to git's environment: what it needs to reach a remote, which no argument may show.
    """

    directory: Path
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def run(self, *words: str, stdin: bytes = b"", seconds: float = SECONDS) -> bytes:
        """The output of a command. Raises GitError where it fails or takes longer than `seconds`."""
        status, out, err = self.ask(*words, stdin=stdin, seconds=seconds)
        if status:
            raise GitError(words[0], status, err)
        return out

    def ask(self, *words: str, stdin: bytes = b"", seconds: float = SECONDS) -> tuple[int, bytes, bytes]:
        """Exit status, output and error output of a command that may fail."""
        with self.start(*words) as process:
            try:
                out, err = process.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise RepoError(f"git {words[0]} did not finish within {seconds:g} s") from error
            return process.returncode, out, err

    def start(self, *words: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """A running command with pipes to and from it. Raises RepoError where git is missing."""
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a missing git is told below, not on import
        from git.cmd import Git as Command  # noqa: PLC0415 - only who needs git pays for it
        from git.exc import GitCommandNotFound  # noqa: PLC0415

        if not self.directory.is_dir():
            raise RepoError(f"{self.directory} does not exist any more")
        try:
            wrapped = Command(self.directory).execute(
                [*_COMMAND, *words],
                as_process=True,
                istream=subprocess.PIPE,
                env=environment(os.environ) | dict(self.environ) | dict(environ or {}),
            )
        except GitCommandNotFound as error:
            raise RepoError("git is not installed, or not on PATH", hint="install git") from error
        except OSError as error:
            raise RepoError(f"cannot run git in {self.directory}: {error.strerror}") from error
        process, wrapped.proc = wrapped.proc, None  # ours to end: communicate() needs no second owner
        assert process is not None  # noqa: S101 - it was just started
        return process


class Conversation:
    """A git command that answers one request after the other, until it ends."""

    def __init__(self, git: Git, *words: str, environ: Mapping[str, str] | None = None) -> None:
        self._process = git.start(*words, environ=environ)
        self._errors: list[bytes] = []
        # Nobody reads its complaints while it works; unread, they would fill the pipe and stop it. The listener's
        # end is its own: whenever the other is let go, it must not read from what gets the same number next.
        with _pipe(self._process.stderr) as pipe:
            own = os.dup(pipe.fileno())
        self._listener = threading.Thread(target=_listen, args=(own, self._errors), daemon=True)
        self._listener.start()

    def send(self, data: bytes) -> None:
        """Ask. Raises EndedError where it has ended."""
        try:
            _pipe(self._process.stdin).write(data)
            _pipe(self._process.stdin).flush()
        except BrokenPipeError:
            raise self.ended() from None

    def line(self) -> bytes:
        """The next line of its answer. Raises EndedError where none comes."""
        line = _pipe(self._process.stdout).readline()
        if not line.endswith(b"\n"):
            raise self.ended()
        return line

    def read(self, size: int) -> bytes:
        """So many bytes of its answer. Raises EndedError where fewer come."""
        data = _pipe(self._process.stdout).read(size)
        if len(data) < size:
            raise self.ended()
        return data

    def ended(self) -> EndedError:
        """End it; how it ended and what it complained about."""
        self.close()
        return EndedError(self._process.returncode, b"".join(self._errors))

    def close(self) -> None:
        """End it: what it has not finished is given up."""
        if self._process.returncode is not None:
            return
        with suppress(BrokenPipeError):
            _pipe(self._process.stdin).close()
        _pipe(self._process.stdout).close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._listener is not threading.current_thread():  # garbage may be collected in any thread
            self._listener.join(timeout=10)

    def __del__(self) -> None:
        if not hasattr(self, "_listener"):
            return
        try:
            self.close()
        except KeyboardInterrupt:  # no finaliser can pass it on: Python would only print a traceback of it
            self._process.kill()


def _listen(pipe: int, errors: list[bytes]) -> None:
    """Not a method: the thread must not keep alive a conversation that nobody holds any more."""
    with os.fdopen(pipe, "rb", buffering=0) as own:
        while told := own.read(65536):
            errors.append(told)


class EndedError(Exception):
    """A conversation that is over: the exit status and the complaints."""

    def __init__(self, status: int, stderr: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.stderr = stderr


def forget_caller() -> None:
    """Forget the repository that promoter may have been started from, by a hook or an alias of git."""
    for name in _FOREIGN:
        os.environ.pop(name, None)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - every process here is started with pipes
    return pipe


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that git runs in: no prompt, no pager, no replaced objects, English messages."""
    kept = dict(environ)
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
