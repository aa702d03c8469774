"""One forge each to hold the contract against, and what a human does to it from outside."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Protocol

from promoter.forge.local import LocalForge
from promoter.forge.protocol import Forge
from promoter.repo.base import Repository
from tests.fakes.forge import FakeForge, Shelf
from tests.fakes.repository import MemoryRepository
from tests.git_repository import Scratch, minute

PATH = "manifests/vs.yaml"
BEFORE, AFTER = b"gray: 5\n", b"gray: 20\n"
OTHER = "manifests/gray.yaml"
FILES = {PATH: BEFORE, OTHER: b"image: 1\n", "README.md": b"hello\n"}


class Bench(Protocol):
    """A repository whose base has `FILES`, its forge, and a human beside it."""

    def forge(self) -> Forge:
        """The forge of a tick that begins now."""
        ...

    def at(self, minutes: float) -> None:
        """The time is so many minutes after T0, where the forge has a clock of its own."""
        ...

    def head(self, branch: str = "main") -> str | None:
        """The commit of a branch."""
        ...

    def text(self, path: str = PATH) -> bytes:
        """A file at base's head, the manifest if not said otherwise."""
        ...

    def message(self) -> str:
        """Of base's head."""
        ...

    def commit(self, path: str, content: bytes, branch: str = "main") -> None:
        """A human commits to a branch."""
        ...

    def branch(self, name: str) -> None:
        """A human makes a branch at base's head."""
        ...

    def delete(self, branch: str) -> None:
        """A human deletes a branch."""
        ...

    def merge(self, branch: str) -> None:
        """A human merges a branch into base."""
        ...

    def evidence(self, evidence: str) -> bool:
        """Whether this text is kept under its digest."""
        ...


class LocalBench:
    """The local forge on a real repository."""

    def __init__(self, place: Path) -> None:
        self.scratch = Scratch.create(place / "repo")
        self.scratch.commit(dict(FILES))

    def forge(self) -> Forge:
        repo = Repository.open(self.scratch.root)
        return LocalForge(repo, repo.base("main"))

    def at(self, minutes: float) -> None:
        """It takes every time from who calls it."""

    def head(self, branch: str = "main") -> str | None:
        status, out, _ = self.scratch.ask("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
        return out if status == 0 else None

    def text(self, path: str = PATH) -> bytes:
        return (self.scratch.show("main", path) + "\n").encode()

    def message(self) -> str:
        return self.scratch.git("log", "-1", "--format=%B", "main")

    def commit(self, path: str, content: bytes, branch: str = "main") -> None:
        self.scratch.git("checkout", "-q", branch)
        self.scratch.commit({path: content})
        self.scratch.git("checkout", "-q", "main")

    def branch(self, name: str) -> None:
        self.scratch.git("branch", name, "main")

    def delete(self, branch: str) -> None:
        self.scratch.git("branch", "-q", "-D", branch)

    def merge(self, branch: str) -> None:
        self.scratch.git("merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch)

    def evidence(self, evidence: str) -> bool:
        name = f"evidence/{sha256(evidence.encode()).hexdigest()}.json"
        refs = self.scratch.git("for-each-ref", "--format=%(refname)", "refs/promoter/").splitlines()
        return any(self.scratch.ask("show", f"{ref}:{name}")[1] == evidence.strip() for ref in refs)


class FakeBench:
    """The forge in memory."""

    def __init__(self) -> None:
        self.repo = MemoryRepository()
        self.shelf = Shelf()
        self.clock = 0
        self.repo.commit("main", FILES, "change", minute(0))

    def forge(self) -> Forge:
        return FakeForge(self.repo, self.shelf)

    def at(self, minutes: float) -> None:
        """It takes every time from who calls it."""

    def head(self, branch: str = "main") -> str | None:
        return self.repo.branches.get(branch)

    def text(self, path: str = PATH) -> bytes:
        return self.repo.snapshots[self.repo.branches["main"]].files[path]

    def message(self) -> str:
        return self.repo.snapshots[self.repo.branches["main"]].message.strip()

    def commit(self, path: str, content: bytes, branch: str = "main") -> None:
        self.clock += 1
        self.repo.commit(branch, {path: content}, "change", minute(self.clock))

    def branch(self, name: str) -> None:
        self.repo.branches[name] = self.repo.branches["main"]

    def delete(self, branch: str) -> None:
        del self.repo.branches[branch]

    def merge(self, branch: str) -> None:
        self.clock += 1
        self.repo.merge(branch, "main", minute(self.clock))

    def evidence(self, evidence: str) -> bool:
        return evidence in self.shelf.evidence.values()
