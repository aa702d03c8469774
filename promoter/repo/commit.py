"""Commits made from objects alone: the work tree and the index are never touched."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoter.errors import RepoError
from promoter.repo.objects import Objects
from promoter.repo.paths import writable_path
from promoter.repo.trees import DIRECTORY, FILES, Entry, kind_of

NAME = "promoter"
EMAIL = "promoter@localhost"

Parts = tuple[bytes, ...]  # a path's names, from the root of a tree


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


def files_at(objects: Objects, commit: str, paths: Collection[str]) -> Mapping[str, Entry]:
    """The regular files that a commit has at these paths. Raises RepoError for anything else there."""
    found: dict[str, Entry] = {}
    for path, entry in objects.find(objects.root(commit), list(paths)).items():
        if entry is None or not entry.is_file:
            raise RepoError(f"{path} at {commit[:9]} {kind_of(entry)}: promoter writes regular files only")
        found[path] = entry
    return found


def tree_with(objects: Objects, commit: str, files: Mapping[str, bytes]) -> str:
    """Store the tree of `commit` with these contents; everything else, the files' modes too, stays the same.

    Raises RepoError where a path is no regular file there, or one that promoter may not write.
    """
    there = files_at(objects, commit, [writable_path(path) for path in files])
    new = {
        tuple(path.encode().split(b"/")): Entry(there[path].mode, objects.write("blob", data))
        for path, data in files.items()
    }
    return _with(objects, objects.root(commit), new)


def _with(objects: Objects, tree: str, new: Mapping[Parts, Entry]) -> str:
    entries = dict(objects.trees([tree])[tree])
    for name, below in _grouped(new).items():
        file = below.get(())
        entries[name] = file or Entry(DIRECTORY, _with(objects, entries[name].sha, below))
    return objects.write_tree(entries)


def _grouped(paths: Mapping[Parts, Entry]) -> Mapping[bytes, dict[Parts, Entry]]:
    """The paths by their first part: what is left of each below it."""
    groups: dict[bytes, dict[Parts, Entry]] = {}
    for parts, entry in paths.items():
        groups.setdefault(parts[0], {})[parts[1:]] = entry
    return groups


def changes_only(objects: Objects, old: str, new: str, paths: Collection[str]) -> bool:
    """Whether a commit's tree is another's with nothing but the bytes of these regular files changed."""
    roots = objects.root(old), objects.root(new)
    there = objects.find(roots[0], list(paths))
    files = {tuple(path.encode().split(b"/")): entry for path, entry in there.items() if entry}
    if len(files) < len(paths) or not all(entry.is_file for entry in files.values()):
        return False
    return roots[0] != roots[1] and _differs_only(objects, roots, files)


def _differs_only(objects: Objects, trees: tuple[str, str], files: Mapping[Parts, Entry]) -> bool:
    found = objects.trees(trees)
    before, after = (dict(found[tree]) for tree in trees)
    for name, below in _grouped(files).items():
        was, now = before.pop(name), after.pop(name, None)
        if now is None or now.mode != was.mode:
            return False
        if () not in below and was.sha != now.sha and not _differs_only(objects, (was.sha, now.sha), below):
            return False
    return before == after


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
