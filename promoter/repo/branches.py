"""Which branch is base, and what it is at: the one commit that a whole tick is about."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from promoter.errors import RepoError
from promoter.repo.process import Git
from promoter.repo.refs import Refs, branch_ref

OURS = "promoter/"  # proposals' branches: none of them can be base


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRef:
    """Base and its commit. `behind` counts the commits that `upstream` (as last fetched) has and base lacks.

    `ref` is the local branch, or the remote's where there is no local one: enough to read, not to act.
    """

    branch: str
    ref: str
    commit: str
    upstream: str = ""
    behind: int = 0

    @property
    def local(self) -> bool:
        """There is a local branch to act on."""
        return self.ref.startswith("refs/heads/")


@dataclass(frozen=True, slots=True)
class _Branch:
    """One row of git's answer."""

    sha: str
    symbolic: str
    upstream: str
    here: bool  # checked out in this work tree


def choose_base(git: Git, refs: Refs, name: str | None) -> BaseRef:
    """The named branch, or the default one; see `Repository.base`."""
    known = _branches(git)
    branch = _default(git, refs, known) if name is None else name
    local = branch_ref(branch)
    if branch.startswith(OURS):
        raise RepoError(f"{branch} is a proposal's branch, not base", hint="name the branch with --base")
    if local in known and known[local].symbolic:
        local = known[local].symbolic
    upstream = _upstream(known, local, branch)
    if local not in known and not upstream:
        raise _unknown(refs, known, branch)
    ref = local if local in known else upstream
    behind = 0
    if upstream and known[upstream].sha != known[ref].sha:
        counted = git.run("rev-list", "--count", f"{known[ref].sha}..{known[upstream].sha}")
        behind = int(counted.decode("ascii"))
    return BaseRef(
        branch=branch,
        ref=ref,
        commit=known[ref].sha,
        upstream=upstream.removeprefix("refs/remotes/").removeprefix("refs/heads/"),
        behind=behind,
    )


def _branches(git: Git) -> Mapping[str, _Branch]:
    shape = "%(refname)%00%(objectname)%00%(symref)%00%(upstream)%00%(HEAD)"
    out = git.run("for-each-ref", f"--format={shape}", "refs/heads", "refs/remotes")
    rows = (line.split("\0") for line in out.decode("utf-8", "replace").splitlines())
    return {name: _Branch(sha, symbolic, up, head == "*") for name, sha, symbolic, up, head in rows}


def _default(git: Git, refs: Refs, known: Mapping[str, _Branch]) -> str:
    heads = [name for name in known if name.startswith("refs/remotes/") and name.endswith("/HEAD")]
    for head in sorted(heads, key=lambda name: name != "refs/remotes/origin/HEAD"):
        remote, target = head.removesuffix("HEAD"), known[head].symbolic
        if (
            target.startswith(remote)
            and target in known
            and (head.split("/")[2] == "origin" or len(heads) == 1)
        ):
            return target.removeprefix(remote)
    here = [name.removeprefix("refs/heads/") for name, branch in known.items() if branch.here]
    if here and not here[0].startswith(OURS):
        return here[0]
    _, out, _ = git.ask("config", "--get", "init.defaultBranch")
    for branch in (out.decode("utf-8", "replace").strip(), "main", "master"):
        if f"refs/heads/{branch}" in known or f"refs/remotes/origin/{branch}" in known:
            return branch
    if not known and refs.objects.read_one("HEAD") is None:
        raise RepoError("the repository has no commits yet", hint="commit the manifests and policies first")
    raise RepoError("nothing says which branch is base", hint="name it with --base")


def _upstream(known: Mapping[str, _Branch], local: str, branch: str) -> str:
    """The ref that the local branch follows: the configured one, else the remote's of the same name."""
    configured = known[local].upstream if local in known else ""
    if configured in known:
        return configured
    remotes = [
        name for name in known if name.startswith("refs/remotes/") and name.split("/", 3)[3:] == [branch]
    ]
    origin = f"refs/remotes/origin/{branch}"
    if origin in remotes:
        return origin
    return remotes[0] if len(remotes) == 1 else ""


def _unknown(refs: Refs, known: Mapping[str, _Branch], branch: str) -> RepoError:
    if not known and refs.objects.read_one("HEAD") is None:
        return RepoError("the repository has no commits yet", hint="commit the manifests and policies first")
    names = sorted(name.removeprefix("refs/heads/") for name in known if name.startswith("refs/heads/"))
    names = [name for name in names if not name.startswith(OURS)]
    close = difflib.get_close_matches(branch, names, 1)
    hint = f"did you mean {close[0]}?" if close else f"branches: {', '.join(names[:10]) or 'none'}"
    return RepoError(f"no branch is called {branch!r}", hint=hint)
