"""A repository in memory: commits, branches, and the half of `Repository` that a tick reads."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1

from promoter.core.history import Commit
from promoter.errors import Problem, RepoError, Where
from promoter.repo.log import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One commit: what it says, where it comes from, and every file after it."""

    commit: Commit
    message: str
    parents: tuple[str, ...]
    files: Mapping[str, bytes]


@dataclass(slots=True)
class MemoryRepository:
    """Commits by sha and branches by name. The same commit made twice is the same commit."""

    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def store(
        self,
        *,
        files: Mapping[str, bytes],
        parents: tuple[str, ...],
        message: str,
        when: datetime,
        author: str = "Ada",
    ) -> str:
        """A commit that no branch knows yet."""
        blobs = {path: blob_name(data) for path, data in files.items()}
        text = json.dumps([blobs, parents, message, when.timestamp(), author], sort_keys=True)
        sha = sha1(text.encode()).hexdigest()  # noqa: S324 - a name, as in Git
        trailers = tuple(
            (key, value)
            for key, colon, value in (
                line.partition(": ") for line in message.rpartition("\n\n")[2].splitlines()
            )
            if colon
        )
        commit = Commit(
            sha=sha,
            when=when,
            author=author,
            email=f"{author.lower()}@example.com",
            subject=message.partition("\n")[0],
            trailers=trailers,
        )
        self.snapshots[sha] = Snapshot(commit=commit, message=message, parents=parents, files=dict(files))
        return sha

    def commit(self, branch: str, files: Mapping[str, bytes], message: str, when: datetime) -> str:
        """A human changes these files on a branch."""
        head = self.branches.get(branch)
        before = self.snapshots[head].files if head else {}
        parents = (head,) if head else ()
        sha = self.store(files={**before, **files}, parents=parents, message=message, when=when)
        self.branches[branch] = sha
        return sha

    def merge(self, branch: str, into: str, when: datetime) -> str:
        """A human merges a branch whose fork nobody has built upon, as `git merge --no-ff` would."""
        ours, theirs = self.branches[into], self.branches[branch]
        fork = self.snapshots[self.snapshots[theirs].parents[0]].files
        changed = {
            path: data for path, data in self.snapshots[theirs].files.items() if fork.get(path) != data
        }
        files = {**self.snapshots[ours].files, **changed}
        sha = self.store(files=files, parents=(ours, theirs), message=f"Merge {branch}", when=when)
        self.branches[into] = sha
        return sha

    def line(self, commit: str) -> Iterator[str]:
        """The first-parent line, newest first."""
        here: str | None = commit
        while here is not None:
            yield here
            here = next(iter(self.snapshots[here].parents), None)

    def ancestors(self, commit: str) -> set[str]:
        """The commit and everything that was merged into it."""
        found: set[str] = set()
        queue = [commit]
        while queue:
            here = queue.pop()
            if here not in found:
                found.add(here)
                queue += self.snapshots[here].parents
        return found

    # What a tick reads, as promoter.repo.base.Repository has it.

    def history(self, commit: str, paths: Iterable[str]) -> tuple[Change, ...]:
        """Every first-parent commit that changed one of these files, oldest first."""
        asked = tuple(paths)
        found = []
        for position, sha in enumerate(reversed(list(self.line(commit)))):
            parents = self.snapshots[sha].parents
            before = self.snapshots[parents[0]].files if parents else {}
            after = self.snapshots[sha].files
            blobs = {
                path: blob_name(after[path]) if path in after else None
                for path in asked
                if before.get(path) != after.get(path)
            }
            if blobs:
                found.append(Change(commit=self.snapshots[sha].commit, position=position, blobs=blobs))
        return tuple(found)

    def read_files(self, commit: str, paths: Iterable[str]) -> Mapping[str, bytes | Problem]:
        """Each path's contents at a commit, or why it has none."""
        files = self.snapshots[commit].files
        return {path: files.get(path, Problem("does not exist", Where(path))) for path in paths}

    def read_blobs(self, shas: Collection[str]) -> Mapping[str, bytes]:
        """The contents of these blobs."""
        everything = {
            blob_name(data): data for snapshot in self.snapshots.values() for data in snapshot.files.values()
        }
        if missing := set(shas) - everything.keys():
            raise RepoError(f"the object {min(missing)} is missing")
        return {sha: everything[sha] for sha in shas}


def blob_name(data: bytes) -> str:
    """The name of a file's contents."""
    return sha1(data).hexdigest()  # noqa: S324 - a name, as in Git
