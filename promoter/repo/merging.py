"""What base would have after a merge: read from objects, without a branch, an index or a work tree."""

from __future__ import annotations

import re

from promoter.errors import RepoError
from promoter.repo.base import Repository
from promoter.repo.paths import path_problem

_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./@^~{}+-]*")
_CONFLICTS = 1  # git merge-tree's exit status


def commit_of(repo: Repository, revision: str) -> str:
    """The commit that a branch, a tag or a sha names. Raises RepoError where this clone has none."""
    if not _REVISION.fullmatch(revision):
        raise RepoError(f"{revision[:80]!r} cannot name a commit")
    found = repo.objects.read_one(f"{revision}^{{commit}}", limit=1 << 26)
    if found is None or found.kind != "commit":
        hint = "fetch it first; on GitHub Actions check out with fetch-depth: 0"
        raise RepoError(f"there is no commit {revision} in this clone", hint=hint)
    return found.sha


def merged_tree(repo: Repository, base: str, head: str) -> str:
    """The tree that base has once `head` is merged, squashed or rebased onto it.

    Both are commits. Raises RepoError where they conflict, or this git cannot tell (older than 2.38).
    """
    status, _, _ = repo.git.ask("merge-base", "--is-ancestor", base, head)
    if status == 0:
        return repo.objects.root(head)
    status, out, err = repo.git.ask("merge-tree", "--write-tree", "--name-only", "--no-messages", base, head)
    lines = out.decode("utf-8", "replace").splitlines()
    if status == 0 and lines:
        return lines[0]
    if status == _CONFLICTS and lines:
        files = ", ".join(path for path in lines[1:] if path and not path_problem(path))
        raise RepoError(
            f"{head[:9]} conflicts with base in {files or 'some file'}",
            hint="merge base into it, or rebase it",
        )
    told = err.decode("utf-8", "replace").strip().splitlines()
    hint = "bring the branch up to date with base, or use git 2.38 or newer"
    raise RepoError(
        f"git cannot merge {head[:9]} into base: {(told or ['no reason given'])[0][:200]}", hint=hint
    )


def changed_files(repo: Repository, base: str, tree: str) -> frozenset[str]:
    """Every path that differs between a commit and a tree."""
    out = repo.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", repo.objects.root(base), tree)
    return frozenset(path for path in out.decode("utf-8", "surrogateescape").split("\0") if path)
