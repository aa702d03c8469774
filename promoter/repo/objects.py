"""The object store: everything is read through one `git cat-file --batch`, and written as loose objects."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from promoter.errors import RepoError
from promoter.repo.process import Git, GitFailed
from promoter.repo.trees import DIRECTORY, Entry, Tree, build_tree, parse_tree

MAX_BYTES = 1_000_000  # of one file: more than any manifest or policy may have
_ASKED_AT_ONCE = (
    16_000  # bytes of requests; well under a pipe's buffer, so that neither side waits for the other
)


@dataclass(frozen=True, slots=True)
class Object:
    """One object. `data` is None where it is larger than was asked for."""

    sha: str
    kind: str
    size: int
    data: bytes | None


@dataclass(slots=True)
class Objects:
    """Objects of one repository, by name (`<sha>`, `<sha>:<path>`, `<sha>^{tree}`, a full ref name)."""

    git: Git
    directory: Path  # the repository's objects/
    _reader: _Reader | None = field(default=None, init=False)
    _store: Any = field(default=None, init=False)
    _trees: dict[str, Tree] = field(default_factory=dict, init=False)

    def read(self, names: Sequence[str], *, limit: int = MAX_BYTES) -> list[Object | None]:
        """The named objects in their order; None where there is none. One process for all calls.

        Raises RepoError where git cannot read the store, or a partial clone cannot fetch what it lacks.
        """
        if self._reader is None:
            self._reader = _Reader(self.git)
        try:
            return list(self._reader.read(names, limit))
        except _DiedError as error:
            self._reader = None
            raise RepoError(
                str(GitFailed("cat-file", error.status, error.stderr)),
                hint="in a partial clone, make its remote reachable; else see git fsck",
            ) from error

    def read_one(self, name: str, *, limit: int = MAX_BYTES) -> Object | None:
        """One object, or None."""
        return self.read([name], limit=limit)[0]

    def text(self, name: str) -> str | None:
        """A small blob as text; None where it does not exist. Raises RepoError for anything else there."""
        found = self.read_one(name)
        if found is None:
            return None
        if found.kind != "blob" or found.data is None:
            raise RepoError(f"{name} is no small file")
        return found.data.decode("utf-8", "replace")

    def trees(self, shas: Iterable[str]) -> Mapping[str, Tree]:
        """These trees, parsed. Raises RepoError where one is missing."""
        wanted = [sha for sha in dict.fromkeys(shas) if sha not in self._trees]
        for sha, found in zip(wanted, self.read(wanted, limit=1 << 26), strict=True):
            if found is None or found.kind != "tree" or found.data is None:
                raise RepoError(f"the tree {sha} is missing or too large", hint="see git fsck")
            self._trees[sha] = parse_tree(found.data)
        return self._trees

    def root(self, commit: str) -> str:
        """The sha of a commit's tree. Raises RepoError where the commit is missing."""
        found = self.read_one(f"{commit}^{{tree}}", limit=1 << 26)
        if found is None or found.kind != "tree" or found.data is None:
            raise RepoError(f"the commit {commit} is missing", hint="see git fsck")
        self._trees[found.sha] = parse_tree(found.data)
        return found.sha

    def find(self, root: str, paths: Iterable[str]) -> Mapping[str, Entry | None]:
        """What a tree has at each path (None: nothing), without following any link. One read per level."""
        found: dict[str, Entry | None] = {}
        waiting = {path: (root, path.encode().split(b"/")) for path in paths}
        while waiting:
            trees = self.trees(sha for sha, _ in waiting.values())
            following: dict[str, tuple[str, list[bytes]]] = {}
            for path, (sha, parts) in waiting.items():
                entry = trees[sha].get(parts[0])
                if len(parts) == 1 or entry is None:
                    found[path] = entry
                elif entry.mode == DIRECTORY:
                    following[path] = (entry.sha, parts[1:])
                else:
                    found[path] = None
            waiting = following
        return found

    def write(self, kind: str, data: bytes) -> str:
        """Store an object; returns its sha. One that is there already is left alone."""
        if self._store is None:
            # GitPython's own store starts a process for each object; its base class writes the file itself.
            from gitdb import LooseObjectDB  # type: ignore[import-untyped] # noqa: PLC0415

            self._store = LooseObjectDB(str(self.directory))
        from gitdb import IStream  # noqa: PLC0415

        try:
            return str(self._store.store(IStream(kind.encode(), len(data), BytesIO(data))).hexsha.decode())
        except OSError as error:
            raise RepoError(f"cannot write to {self.directory}: {error.strerror}") from error

    def write_tree(self, tree: Tree) -> str:
        """Store a tree."""
        sha = self.write("tree", build_tree(tree))
        self._trees[sha] = tree
        return sha


class _DiedError(Exception):
    """The reader ended: its status and last words."""

    def __init__(self, status: int, stderr: bytes) -> None:
        self.status = status
        self.stderr = stderr


class _Reader:
    """A `git cat-file --batch` that answers until it dies."""

    def __init__(self, git: Git) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = git.start("cat-file", "--batch", stderr=self._errors)

    def read(self, names: Sequence[str], limit: int) -> Iterator[Object | None]:
        """Ask in portions, so that neither pipe ever fills up while the other side waits."""
        for portion in _portions(names):
            self._ask(portion)
            for _ in portion:
                yield self._answer(limit)

    def _ask(self, names: Sequence[str]) -> None:
        if any("\n" in name for name in names):
            raise ValueError("an object's name cannot have a line break")
        try:
            _pipe(self._process.stdin).write("".join(f"{name}\n" for name in names).encode())
            _pipe(self._process.stdin).flush()
        except BrokenPipeError:
            raise self._died() from None

    def _answer(self, limit: int) -> Object | None:
        stdout = _pipe(self._process.stdout)
        header = stdout.readline()
        if not header.endswith(b"\n"):
            raise self._died()
        if header.endswith((b" missing\n", b" ambiguous\n")):
            return None
        sha, kind, size = header.decode().split()
        left, data = int(size), None
        if left <= limit:
            data = stdout.read(left)
        else:
            rest = left
            while rest and (chunk := stdout.read(min(rest, 1 << 20))):
                rest -= len(chunk)
        if (data is not None and len(data) < left) or stdout.read(1) != b"\n":
            raise self._died()
        return Object(sha, kind, left, data)

    def _died(self) -> _DiedError:
        self.close()
        self._errors.seek(0)
        return _DiedError(self._process.returncode, self._errors.read())

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                _pipe(pipe).close()
            except BrokenPipeError:
                continue
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __del__(self) -> None:
        if self._process.returncode is None:
            self.close()
        self._errors.close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - every process here is started with pipes
    return pipe


def _portions(names: Sequence[str]) -> Iterator[Sequence[str]]:
    start, size = 0, 0
    for index, name in enumerate(names):
        length = len(name.encode()) + 1
        if size + length > _ASKED_AT_ONCE and index > start:
            yield names[start:index]
            start, size = index, 0
        size += length
    if start < len(names):
        yield names[start:]
