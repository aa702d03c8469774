"""Objects in batches: trees listed and blobs read in one process each, whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from promoter.errors import RepoError
from promoter.repo.git import Git


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree."""

    path: str
    mode: str
    sha: str
    size: int

    @property
    def regular(self) -> bool:
        """A regular file, executable or not."""
        return self.mode in ("100644", "100755")


def list_tree(git: Git, commit: str, folders: Sequence[str], *, recursive: bool = False) -> list[Entry]:
    """The entries of these folders ("" is the root) at a commit; a folder that is not there has none."""
    where = [f"{folder}/" for folder in folders if folder]
    flags = ["-r"] if recursive else []
    found: list[Entry] = []
    if where:
        found += _ls_tree(git, commit, flags, where)
    if "" in folders:
        found += _ls_tree(git, commit, flags, [])
    return found


def _ls_tree(git: Git, commit: str, flags: list[str], where: list[str]) -> list[Entry]:
    out = git.run("ls-tree", "-z", "--long", "--full-tree", *flags, commit, "--", *where).stdout
    found = []
    for line in out.decode("utf-8", "surrogateescape").split("\0"):
        if not line:
            continue
        facts, _, path = line.partition("\t")
        mode, _, sha, size = facts.split()
        if size != "-" and not size.isdecimal():
            raise RepoError(f"{path}: object {sha[:9]} is damaged or missing", hint="git fsck tells more")
        found.append(Entry(path, mode, sha, int(size) if size != "-" else 0))
    return found


def read_blobs(git: Git, shas: Collection[str], *, needed: bool = True) -> dict[str, bytes]:
    """The contents of these blobs through one `cat-file --batch`. RepoError where a `needed` one is missing."""
    wanted = list(shas)
    if not wanted:
        return {}
    out = git.run("cat-file", "--batch", data="".join(f"{sha}\n" for sha in wanted).encode()).stdout
    found: dict[str, bytes] = {}
    place = 0
    for sha in wanted:
        end = out.index(b"\n", place)
        header = out[place:end].split()
        if len(header) != 3 and not needed:  # noqa: PLR2004 - "<sha> <type> <size>"
            place = end + 1
            continue
        if len(header) != 3:  # noqa: PLR2004
            raise RepoError(f"object {sha[:9]} is missing", hint="fetch it: the clone is incomplete")
        size = int(header[2])
        found[sha] = out[end + 1 : end + 1 + size]
        place = end + 1 + size + 1
    return found
