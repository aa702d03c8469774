"""What a clone may lack: history behind a shallow boundary, blobs of a partial clone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from promoter.errors import RepoError
from promoter.repo.process import Git, GitError
from promoter.repo.refs import safe_ref

_FETCH_SECONDS = 300.0
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
_SHALLOW = "this is a shallow clone: a rollback beyond its edge would not be seen"
_HINT = "run `git fetch --unshallow` (in GitHub Actions: `fetch-depth: 0` for actions/checkout)"


def is_shallow(git: Git) -> bool:
    """Whether history ends before its beginning."""
    return git.run("rev-parse", "--is-shallow-repository").strip() == b"true"


def deepen(git: Git, remote: str | None) -> None:
    """Fetch the missing history from `remote`. Raises RepoError where that does not complete it."""
    if remote is None:
        raise RepoError(_SHALLOW, hint=_HINT)
    try:
        git.run(*_FETCH, "--unshallow", "--end-of-options", remote, seconds=_FETCH_SECONDS)
    except RepoError as error:
        raise RepoError(f"{_SHALLOW}; deepening it from {remote} failed: {error}", hint=_HINT) from error
    if is_shallow(git):
        raise RepoError(f"{_SHALLOW}, and {remote} is shallow itself", hint=_HINT)


def the_remote(git: Git) -> str:
    """The remote that the clone is of: origin, else the only one. Raises RepoError."""
    names = remotes(git)
    if "origin" in names:
        return "origin"
    if len(names) == 1:
        return names[0]
    told = f"several remotes and no origin: {', '.join(names)}" if names else "no remote"
    raise RepoError(f"this clone has {told}", hint="clone the repository from GitHub, or name it origin")


def fetch_branch(git: Git, remote: str, branch: str) -> None:
    """Fetch one branch into its remote-tracking ref. Raises RepoError where the remote cannot be reached."""
    source = safe_ref(f"refs/heads/{branch}")
    target = safe_ref(f"refs/remotes/{remote}/{branch}")
    try:
        git.run(*_FETCH, "--end-of-options", remote, f"+{source}:{target}", seconds=_FETCH_SECONDS)
    except GitError as error:
        hint = "can this machine fetch from it (token, network, SSH key)?"
        raise RepoError(f"{branch} cannot be fetched from {remote}: {error}", hint=hint) from error


def fetch_commits(git: Git, remote: str, refs: Sequence[str]) -> None:
    """Fetch what these refs of the remote are at, without any ref here. Raises RepoError.

    A ref that is gone there is left out: then each is fetched on its own.
    """
    names = [safe_ref(ref) for ref in refs]
    try:
        git.run(*_FETCH, "--end-of-options", remote, *names, seconds=_FETCH_SECONDS)
    except GitError as error:
        if len(names) == 1 and "couldn't find remote ref" in error.stderr:
            return
        if "couldn't find remote ref" not in error.stderr:
            hint = "can this machine fetch from it (token, network, SSH key)?"
            raise RepoError(f"pull requests cannot be fetched from {remote}: {error}", hint=hint) from error
        for name in names:
            fetch_commits(git, remote, [name])


def remotes(git: Git) -> Sequence[str]:
    """The names of the remotes; one that could be taken for an option is left out."""
    names = git.run("remote").decode("utf-8", "replace").splitlines()
    return [name for name in names if not name.startswith("-")]


def fetch_missing(git: Git, objects: Path, shas: Iterable[str]) -> None:
    """In a partial clone, fetch these blobs in one go instead of one by one. Elsewhere nothing happens."""
    missing = set(shas)
    if not missing or not any((objects / "pack").glob("*.promisor")):
        return
    # Asking git for one of them would fetch it at once, so what is here is listed instead.
    here = git.run("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
    missing.difference_update(here.decode("ascii").split())
    names = remotes(git)
    if not missing or not names:
        return
    remote = "origin" if "origin" in names else names[0]
    stdin = "".join(f"{sha}\n" for sha in sorted(missing)).encode()
    try:
        git.run(*_FETCH, "--filter=blob:none", "--stdin", remote, stdin=stdin, seconds=_FETCH_SECONDS)
    except GitError as error:
        hint = "make the remote reachable, or clone without --filter"
        raise RepoError(
            f"this partial clone lacks {len(missing)} files' contents: {error}", hint=hint
        ) from error
