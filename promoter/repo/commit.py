"""Commits made from objects: the work tree and its index are not touched."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from promoter.errors import RepoError
from promoter.repo.git import Git

NAME, EMAIL = "promoter", "promoter@localhost"


def commit_file(
    git: Git, *, parents: Sequence[str], tree_of: str, path: str, content: bytes, message: str, when: datetime
) -> str:
    """A commit whose tree is `tree_of`'s with `path` (a file there) holding `content`; its mode is kept."""
    mode = git.text("ls-tree", "--full-tree", "--format=%(objectmode)", tree_of, "--", path)
    if mode not in ("100644", "100755"):
        raise RepoError(f"{path} is no regular file on base")
    blob = write_blob(git, content)
    with tempfile.TemporaryDirectory(prefix="promoter-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", f"{tree_of}^{{tree}}", env=env)
        git.run("update-index", "-z", "--index-info", data=f"{mode} {blob}\t{path}\0".encode(), env=env)
        tree = git.run("write-tree", env=env).stdout.decode().strip()
    return commit_tree(git, tree=tree, parents=parents, message=message, when=when)


def commit_blobs(
    git: Git, *, parent: str | None, blobs: Mapping[str, str], message: str, when: datetime
) -> str:
    """A commit of a record: a tree of just these blobs (path -> sha), folders included."""
    with tempfile.TemporaryDirectory(prefix="promoter-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        lines = "".join(f"100644 {sha}\t{path}\0" for path, sha in sorted(blobs.items()))
        git.run("update-index", "-z", "--index-info", data=lines.encode(), env=env)
        tree = git.run("write-tree", env=env).stdout.decode().strip()
    return commit_tree(git, tree=tree, parents=[parent] if parent else [], message=message, when=when)


def commit_tree(git: Git, *, tree: str, parents: Sequence[str], message: str, when: datetime) -> str:
    """A commit by the bot. The same input gives the same sha."""
    date = f"{int(when.timestamp())} +0000"
    env = {
        "GIT_AUTHOR_NAME": NAME,
        "GIT_AUTHOR_EMAIL": EMAIL,
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_NAME": NAME,
        "GIT_COMMITTER_EMAIL": EMAIL,
        "GIT_COMMITTER_DATE": date,
    }
    flags = [flag for parent in parents for flag in ("-p", parent)]
    done = git.run("commit-tree", "--no-gpg-sign", *flags, "-F", "-", tree, data=message.encode(), env=env)
    return done.stdout.decode().strip()


def write_blob(git: Git, content: bytes) -> str:
    """Store a blob; returns its sha."""
    return git.run("hash-object", "-w", "-t", "blob", "--stdin", data=content).stdout.decode().strip()
