"""The work tree: read for `plan`, and brought along when a branch that is checked out there has moved."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

from promoter.errors import Problem, RepoError, Where
from promoter.repo.objects import MAX_BYTES
from promoter.repo.paths import directory_parts
from promoter.repo.process import Git


@dataclass(frozen=True, slots=True)
class WorkTree:
    """One checkout of the repository and the ref that its HEAD is on ("" where it is detached)."""

    path: Path
    ref: str


def read_directory(root: Path, directory: str, suffixes: Sequence[str]) -> dict[str, bytes | Problem] | None:
    """The regular files in and below a directory of the work tree whose names end so; None without it.

    Raises RepoError where the directory is reached through a symbolic link or is none.
    """
    parts = directory_parts(directory)
    place = root
    for part in parts:
        place /= part
        mode = _mode(place)
        if mode is None:
            return None
        if not S_ISDIR(mode):
            kind = "a symbolic link" if S_ISLNK(mode) else "no directory"
            raise RepoError(
                f"{directory} in the work tree is {kind}", hint="name a directory of the repository"
            )
    found: dict[str, bytes | Problem] = {}
    for folder, folders, names in os.walk(place, onerror=_cannot_list):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            path = (Path(folder) / name).relative_to(root).as_posix()
            data = _read(root / path, path) if name.endswith(tuple(suffixes)) else None
            if data is not None:
                found[path] = data
    return dict(sorted(found.items()))


def _cannot_list(error: OSError) -> None:
    raise RepoError(f"cannot list {error.filename}: {error.strerror}") from error


def _read(file: Path, path: str) -> bytes | Problem | None:
    mode = _mode(file)
    if mode is None or S_ISDIR(mode):
        return None
    where = Where(path)
    if S_ISLNK(mode):  # at base's head a link is refused as well
        return Problem("is a symbolic link", where, "put the file itself there")
    if not S_ISREG(mode):
        return Problem("is no regular file", where)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Problem(f"cannot be read: {error.strerror}", where)
    return data if len(data) <= MAX_BYTES else Problem(f"is larger than {MAX_BYTES:,} bytes", where)


def _mode(file: Path) -> int | None:
    try:
        return file.lstat().st_mode
    except OSError:
        return None


def work_trees(git: Git) -> tuple[WorkTree, ...]:
    """Every checkout, linked work trees included."""
    found = []
    for block in git.run("worktree", "list", "--porcelain").decode("utf-8", "surrogateescape").split("\n\n"):
        fields = dict(line.partition(" ")[::2] for line in block.splitlines())
        if "worktree" in fields and "bare" not in fields:
            found.append(WorkTree(Path(fields["worktree"]), fields.get("branch", "")))
    return tuple(found)


def follow(tree: WorkTree, old: str, new: str, *, killed: bool = False) -> str | None:
    """Bring a checkout along after its branch moved from `old` to `new`; returns what stays behind, or None.

    Like a fast-forward for every file that nobody changed. A file changed or deleted by hand stays, and only
    its index entry follows, so that the next commit does not silently take the promotion back. A file with
    staged changes is left alone and named. `killed`: this finishes what a killed process may have half done.
    Raises RepoError where git cannot do it now, such as while another command holds the index.
    """
    git = Git(tree.path)
    if not tree.path.is_dir():
        return None
    changed = _changed(git, old, new)
    there = [path for path in changed if _mode(tree.path / path) is not None]
    whole = len(there) == len(changed)
    if whole and not killed and not _fails(git, "read-tree", "-m", "-u", old, new):
        return None
    if not there and not _fails(git, "read-tree", "-m", "-i", old, new):
        return None
    left = _one_by_one(git, changed)
    if not left:
        return None
    return f"{', '.join(left)}: staged changes are left alone; committing them takes back what was merged"


def _fails(git: Git, *words: str) -> bool:
    return git.ask(*words)[0] != 0


@dataclass(frozen=True, slots=True)
class _File:
    """A changed file: its blobs before and after, its mode after."""

    old: str
    new: str
    mode: str


def _changed(git: Git, old: str, new: str) -> dict[str, _File]:
    """The files that were changed and still exist: what promoter changes is never added or deleted."""
    fields = git.run("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=M", old, new).split(b"\0")
    found = {}
    for raw, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, before, after, _ = raw.decode("ascii").split(" ")
        found[path.decode("utf-8", "surrogateescape")] = _File(before, after, mode)
    return found


def _one_by_one(git: Git, changed: Mapping[str, _File]) -> list[str]:
    """Each file on its own; returns those whose index entry is neither the old nor the new one."""
    git.ask("update-index", "-q", "--refresh")
    paths = list(changed)
    staged = _staged(git, paths)
    dirty = _names(git.run("diff-files", "-z", "--name-only", "--", *paths))
    behind = [path for path in paths if staged.get(path) == changed[path].old]
    # A kill may have left the new index entry beside the old file.
    half = [
        path
        for path in paths
        if staged.get(path) == changed[path].new and path in dirty and _is(git, path, changed[path].old)
    ]
    entries = "".join(f"{changed[path].mode} {changed[path].new}\t{path}\0" for path in behind)
    git.run("update-index", "-z", "--index-info", stdin=entries.encode("utf-8", "surrogateescape"))
    clean = [path for path in [*behind, *half] if path not in dirty or path in half]
    names = "".join(f"{path}\0" for path in clean).encode("utf-8", "surrogateescape")
    git.run("checkout-index", "-f", "-u", "-q", "-z", "--stdin", stdin=names)
    return [path for path in paths if staged.get(path) not in (changed[path].old, changed[path].new)]


def _staged(git: Git, paths: Sequence[str]) -> dict[str, str]:
    """The blobs of these files in the index; an unmerged file has none."""
    found: dict[str, str] = {}
    for line in git.run("ls-files", "--stage", "-z", "--", *paths).split(b"\0"):
        if line:
            head, path = line.split(b"\t", 1)
            _, sha, stage = head.decode("ascii").split(" ")
            if stage == "0":
                found[path.decode("utf-8", "surrogateescape")] = sha
    return found


def _is(git: Git, path: str, blob: str) -> bool:
    """Whether the file in the work tree would be stored as this blob."""
    status, out, _ = git.ask("hash-object", f"--path={path}", "--", path)
    return status == 0 and out.decode("ascii").strip() == blob


def _names(out: bytes) -> set[str]:
    return {name.decode("utf-8", "surrogateescape") for name in out.split(b"\0") if name}
