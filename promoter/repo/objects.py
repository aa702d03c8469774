"""The object store: everything is read through one `git cat-file --batch`, and written as loose objects."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from promoter.errors import RepoError
from promoter.repo.process import Conversation, EndedError, Git, GitError
from promoter.repo.trees import DIRECTORY, Entry, Tree, build_tree, parse_tree

MAX_BYTES = 1_000_000  # of one file: more than any manifest or policy may have
_CHUNK = 1 << 20
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
    hashing: str = "sha1"
    _reader: Conversation | None = field(default=None, init=False)
    _trees: dict[str, Tree] = field(default_factory=dict, init=False)

    @property
    def _width(self) -> int:
        """Bytes of an object's name."""
        return hashlib.new(self.hashing, usedforsecurity=False).digest_size

    def read(self, names: Sequence[str], *, limit: int = MAX_BYTES) -> list[Object | None]:
        """The named objects in their order; None where there is none. One process for all calls.

        Raises RepoError where git cannot read the store, or a partial clone cannot fetch what it lacks.
        """
        if self._reader is None:
            self._reader = Conversation(self.git, "cat-file", "--batch")
        try:
            return list(_answers(self._reader, names, limit))
        except EndedError as error:
            self._reader = None
            raise RepoError(
                str(GitError("cat-file", error.status, error.stderr)),
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
            self._trees[sha] = parse_tree(found.data, self._width)
        return self._trees

    def root(self, commit: str) -> str:
        """The sha of a commit's tree. Raises RepoError where the commit is missing."""
        found = self.read_one(f"{commit}^{{tree}}", limit=1 << 26)
        if found is None or found.kind != "tree" or found.data is None:
            raise RepoError(f"the commit {commit} is missing", hint="see git fsck")
        self._trees[found.sha] = parse_tree(found.data, self._width)
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

    def below(self, root: str, prefix: str = "") -> Mapping[str, Entry]:
        """Every file, link and submodule below a tree, by path. One read per level."""
        found: dict[str, Entry] = {}
        waiting = {prefix: root}
        while waiting:
            trees = self.trees(waiting.values())
            following: dict[str, str] = {}
            for folder, sha in waiting.items():
                for name, entry in trees[sha].items():
                    path = f"{folder}/{name.decode('utf-8', 'replace')}".lstrip("/")
                    if entry.mode == DIRECTORY:
                        following[path] = entry.sha
                    else:
                        found[path] = entry
            waiting = following
        return found

    def name_of(self, kind: str, data: bytes) -> str:
        """What an object of these bytes is called, stored or not."""
        return hashlib.new(self.hashing, _stored(kind, data), usedforsecurity=False).hexdigest()

    def write(self, kind: str, data: bytes) -> str:
        """Store an object; returns its sha. One that is there already is left alone.

        GitPython's object database would start a process for each.
        """
        sha = self.name_of(kind, data)
        file = self.directory / sha[:2] / sha[2:]
        try:
            if not file.exists():
                file.parent.mkdir(exist_ok=True)
                unfinished = file.parent / f"tmp_obj_{uuid4().hex}"
                with os.fdopen(
                    os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "wb"
                ) as stream:
                    stream.write(zlib.compress(_stored(kind, data), level=1))
                unfinished.rename(file)
        except OSError as error:
            raise RepoError(f"cannot write to {self.directory}: {error.strerror}") from error
        return sha

    def write_tree(self, tree: Tree) -> str:
        """Store a tree."""
        sha = self.write("tree", build_tree(tree))
        self._trees[sha] = tree
        return sha


def _stored(kind: str, data: bytes) -> bytes:
    return f"{kind} {len(data)}\0".encode() + data


def _answers(reader: Conversation, names: Sequence[str], limit: int) -> Iterator[Object | None]:
    """Ask in portions, so that neither pipe ever fills up while the other side waits."""
    if any("\n" in name for name in names):
        raise ValueError("an object's name cannot have a line break")
    for portion in _portions(names):
        reader.send("".join(f"{name}\n" for name in portion).encode())
        for _ in portion:
            yield _answer(reader, limit)


def _answer(reader: Conversation, limit: int) -> Object | None:
    header = reader.line()
    if header.endswith((b" missing\n", b" ambiguous\n")):
        return None
    sha, kind, size = header.decode().split()
    left, data = int(size), None
    if left <= limit:
        data = reader.read(left)
    else:
        for start in range(0, left, _CHUNK):
            reader.read(min(_CHUNK, left - start))
    reader.read(1)
    return Object(sha, kind, int(size), data)


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
