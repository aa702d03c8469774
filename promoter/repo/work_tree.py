"""After base moved: a work tree that has base checked out follows, as far as nothing of the user's is touched.

Without this, the index would still hold the old weight, and the user's next commit would take the
promotion back.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from promoter.repo.git import Git


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    sha: str


def follow(git: Git, *, ref: str, old: str, new: str, path: str) -> tuple[str, ...]:
    """Bring `path` of every work tree on `ref` from commit `old` to `new`; returns what could not follow.

    A file that the user changed keeps its bytes; an index entry that the user staged keeps its content.
    """
    return tuple(
        note
        for tree in _checked_out(git, ref)
        if (note := _follow_one(Git(tree), old=old, new=new, path=path)) is not None
    )


def _checked_out(git: Git, ref: str) -> list[Path]:
    trees: list[Path] = []
    here: Path | None = None
    for line in git.lines("worktree", "list", "--porcelain"):
        key, _, value = line.partition(" ")
        if key == "worktree":
            here = Path(value)
        elif key == "branch" and value == ref and here is not None and here.is_dir():
            trees.append(here)
    return trees


def _follow_one(git: Git, *, old: str, new: str, path: str) -> str | None:
    before, after = _in_commit(git, old, path), _in_commit(git, new, path)
    staged = _in_index(git, path)
    if after is None or staged == after:
        return None
    if staged != before:
        return f"{path} is staged with other content in {git.directory}: it was left as it is"
    clean = git.run("diff-files", "--quiet", "--", path, check=False).code == 0
    line = f"{after.mode} {after.sha}\t{path}\0"
    git.run("update-index", "-z", "--index-info", data=line.encode())
    if clean:
        git.run("checkout-index", "--force", "--quiet", "--", path)
        git.run("update-index", "-q", "--refresh", "--", path, check=False)
        return None
    return f"{path} has changes of yours in {git.directory}: they were kept, merge them by hand"


def _in_commit(git: Git, commit: str, path: str) -> _Entry | None:
    line = git.text("ls-tree", "--full-tree", "--format=%(objectmode) %(objectname)", commit, "--", path)
    return _Entry(*line.split()) if line else None


def _in_index(git: Git, path: str) -> _Entry | None:
    lines = git.lines("ls-files", "--stage", "--full-name", "--", path)
    if len(lines) != 1:
        return None
    mode, sha, _ = lines[0].partition("\t")[0].split()
    return _Entry(mode, sha)
