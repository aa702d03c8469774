"""Real git repositories for the tests of the repo room and the local forge."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

T0 = datetime(2026, 1, 7, 8, 0, tzinfo=UTC)


def minute(minutes: float) -> datetime:
    """So many minutes after T0."""
    return T0 + timedelta(minutes=minutes)


def human_environment() -> dict[str, str]:
    """Ada's environment: nothing of the machine's git configuration, nor of a hook the tests may run in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = {
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
    }
    return {**kept, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}


class Scratch:
    """A repository with a work tree on `main`, used by Ada through plain git."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = 0

    @classmethod
    def create(cls, root: Path) -> Scratch:
        root.mkdir(parents=True)
        made = cls(root)
        made.git("init", "--quiet", "--initial-branch=main", ".")
        return made

    def git(self, *words: str, data: bytes | None = None, cwd: Path | None = None) -> str:
        """The output of a git command; it has to succeed."""
        status, out, err = self.ask(*words, data=data, cwd=cwd)
        assert status == 0, f"git {' '.join(words)}: {err}"
        return out

    def ask(self, *words: str, data: bytes | None = None, cwd: Path | None = None) -> tuple[int, str, str]:
        when = minute(self.clock).strftime("%Y-%m-%dT%H:%M:%SZ")
        done = subprocess.run(
            ["git", *words],
            cwd=cwd or self.root,
            env={**human_environment(), "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when},
            input=data,
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout.decode("utf-8", "replace").strip("\n"), done.stderr.decode()

    def commit(self, files: Mapping[str, bytes | str | None], message: str = "change") -> str:
        """Write (None: remove) these files and commit them, a minute after the last commit."""
        self.clock += 1
        for name, content in files.items():
            file = self.root / name
            if content is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all", "--", *files)
        self.git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-m", message)
        return self.head()

    def head(self, ref: str = "HEAD") -> str:
        return self.git("rev-parse", "--verify", ref)

    def exists(self, ref: str) -> bool:
        return self.ask("rev-parse", "--verify", "--quiet", ref)[0] == 0

    def show(self, ref: str, path: str) -> str:
        return self.git("show", f"{ref}:{path}")

    def status(self, cwd: Path | None = None) -> list[str]:
        return self.git("status", "--porcelain", cwd=cwd).splitlines()

    def refs(self) -> dict[str, str]:
        """Every ref and what it is at."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)

    def write(self, name: str, content: bytes | str) -> None:
        """Change a file of the work tree."""
        (self.root / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()


def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the code under test runs git in: no configuration of this machine, no variables of a hook."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, human_environment()[name])
