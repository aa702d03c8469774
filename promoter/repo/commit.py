"""Commits made from objects alone: the work tree and the index are never touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoter.errors import RepoError
from promoter.repo.objects import Objects
from promoter.repo.paths import writable_path
from promoter.repo.trees import DIRECTORY, FILES, Entry, kind_of

NAME = "promoter"
EMAIL = "promoter@localhost"


@dataclass(frozen=True, slots=True)
class Body:
    """What a commit is made of: its tree and parents."""

    tree: str
    parents: tuple[str, ...]


def write_commit(objects: Objects, *, tree: str, parents: Sequence[str], message: str, when: datetime) -> str:
    """Store a commit by the bot, unsigned, dated `when`; the same input gives the same sha."""
    stamp = f"{NAME} <{EMAIL}> {int(when.timestamp())} +0000"
    head = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {stamp}"]
    text = message.replace("\0", "").strip("\n") + "\n"
    return objects.write(
        "commit", "\n".join([*head, f"committer {stamp}", "", text]).encode("utf-8", "replace")
    )


def read_commit(objects: Objects, sha: str) -> Body:
    """A commit's tree and parents. Raises RepoError where it is missing or no commit."""
    found = objects.read_one(sha, limit=1 << 26)
    if found is None or found.kind != "commit" or found.data is None:
        raise RepoError(f"the commit {sha} is missing", hint="see git fsck")
    head = found.data.split(b"\n\n", 1)[0].decode("utf-8", "replace")
    words = [line.split(" ", 1) for line in head.splitlines() if " " in line]
    (tree,) = (value for key, value in words if key == "tree")
    return Body(tree=tree, parents=tuple(value for key, value in words if key == "parent"))


def file_at(objects: Objects, commit: str, path: str) -> Entry:
    """The regular file that a commit has at `path`. Raises RepoError for anything else there."""
    entry = objects.find(objects.root(commit), [path])[path]
    if entry is None or not entry.is_file:
        raise RepoError(f"{path} at {commit[:9]} {kind_of(entry)}: promoter writes regular files only")
    return entry


def tree_with(objects: Objects, commit: str, path: str, content: bytes) -> str:
    """Store the tree of `commit` with `path` holding `content`; everything else, its mode too, stays the same.

    Raises RepoError where `path` is no regular file there, or one that promoter may not write.
    """
    entry = file_at(objects, commit, writable_path(path))
    parts = path.encode().split(b"/")
    chain = [objects.root(commit)]
    for part in parts[:-1]:
        chain.append(objects.trees(chain[-1:])[chain[-1]][part].sha)
    mode, sha = entry.mode, objects.write("blob", content)
    for tree_sha, part in zip(reversed(chain), reversed(parts), strict=True):
        tree = objects.trees([tree_sha])[tree_sha]
        mode, sha = DIRECTORY, objects.write_tree({**tree, part: Entry(mode, sha)})
    return sha


def changes_only(objects: Objects, old: str, new: str, path: str) -> bool:
    """Whether a commit's tree is another's with nothing but the bytes of the regular file `path` changed."""
    shas = (objects.root(old), objects.root(new))
    parts = path.encode().split(b"/")
    for depth, part in enumerate(parts, start=1):
        before, after = (dict(objects.trees(shas)[sha]) for sha in shas)
        entries = (before.pop(part, None), after.pop(part, None))
        if before != after or entries[0] is None or entries[1] is None or entries[0].mode != entries[1].mode:
            return False
        if depth < len(parts) and entries[0].mode != DIRECTORY:
            return False
        if depth == len(parts) and not entries[0].is_file:
            return False
        shas = (entries[0].sha, entries[1].sha)
    return shas[0] != shas[1]


def tree_of(objects: Objects, files: Mapping[str, bytes | Entry]) -> str:
    """Store a tree of these files, new or known ones (`a/b.json` makes a directory); returns its sha."""
    entries: dict[bytes, Entry] = {}
    inner: dict[str, dict[str, bytes | Entry]] = {}
    for name, data in files.items():
        first, slash, rest = name.partition("/")
        if slash:
            inner.setdefault(first, {})[rest] = data
        elif isinstance(data, Entry):
            entries[first.encode()] = data
        else:
            entries[first.encode()] = Entry(FILES[0], objects.write("blob", data))
    for name, below in inner.items():
        entries[name.encode()] = Entry(DIRECTORY, tree_of(objects, below))
    return objects.write_tree(entries)
