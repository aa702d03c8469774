"""From settings to a forge: log in, see where base is on GitHub, and have the clone know it."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from promoter.errors import ForgeError, RepoError
from promoter.forge.github.answers import BareRef, Start, read_answer
from promoter.forge.github.api import Api
from promoter.forge.github.desk import Desk
from promoter.forge.github.documents import START
from promoter.forge.github.forge import GitHubForge
from promoter.forge.github.identity import Identity
from promoter.forge.github.login import log_in
from promoter.forge.github.refusals import no_access
from promoter.forge.github.settings import GitHubSettings
from promoter.repo.base import BaseRef, Repository
from promoter.repo.branches import OURS
from promoter.repo.clone import fetch_branch, the_remote
from promoter.repo.refs import branch_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The forge, the clone it works with, base as GitHub has it, and the human at work ("" for nobody)."""

    forge: GitHubForge
    desk: Desk
    repo: Repository
    base: BaseRef
    human: str


def connect(settings: GitHubSettings, place: Path, base: str | None) -> Connected:
    """Everything pinned at what GitHub says base is at now. Raises ForgeError or RepoError."""
    api, token = log_in(settings)
    start = _start(api, base)
    identity = Identity(viewer=start.viewer, bot=settings.bot)
    there = _base(start, base)
    repo = Repository.open(place, _git_environ(settings, token, os.environ))
    remote = the_remote(repo.git)
    pinned = BaseRef(
        branch=there.name,
        ref=f"refs/remotes/{remote}/{there.name}",
        commit=_newest(repo, remote, there.name, _commit(there)),
        upstream=f"{remote}/{there.name}",
    )
    repo.ensure_complete()
    desk = Desk(
        api=api,
        identity=identity,
        facts=start.repository,
        settings=settings,
        repo=repo,
        base=pinned,
        remote=remote,
    )
    human = settings.human or ("" if start.viewer.login.endswith("[bot]") else start.viewer.login)
    return Connected(forge=GitHubForge(desk), desk=desk, repo=repo, base=pinned, human=human)


def _start(api: Api, base: str | None) -> Start:
    doing = f"read the repository {api.repository}"
    ref = {"ref": branch_ref(base) if base else "", "named": base is not None}
    answer = api.query(START, {**api.place, **ref}, doing)
    if isinstance(answer, dict) and answer.get("repository") is None:
        message, hint = no_access(api.repository, doing)
        raise ForgeError(message, hint=hint)
    return read_answer(Start, answer, doing)


def _base(start: Start, base: str | None) -> BareRef:
    facts = start.repository
    found = facts.ref if base else facts.default_branch_ref
    if base and base.startswith(OURS):
        raise RepoError(f"{base} is a proposal's branch, not base", hint="name the branch with --base")
    if found is None or found.target is None:
        what = f"no branch {base!r}" if base else "no commits yet"
        raise RepoError(f"{facts.name_with_owner} has {what}", hint="name the branch with --base")
    return found


def _commit(there: BareRef) -> str:
    assert there.target is not None  # noqa: S101 - seen by _base
    return there.target.oid


def _newest(repo: Repository, remote: str, branch: str, commit: str) -> str:
    """Base's commit, which the clone has afterwards: GitHub's answer, or git's where that is newer.

    GitHub's answers may be late; a tick that goes by an older base would propose what is done already.
    """
    ref = f"refs/remotes/{remote}/{branch}"
    if repo.refs.resolve(ref) == commit:
        return commit
    fetch_branch(repo.git, remote, branch)
    fetched = repo.refs.resolve(ref)
    if fetched is not None and fetched != commit and _is_before(repo, commit, fetched):
        return fetched
    if repo.objects.read_one(commit) is None:
        raise RepoError(
            f"{remote} does not have {branch} at {commit[:9]}, where GitHub has it",
            hint="is the clone of the repository that GITHUB_REPOSITORY names?",
        )
    return commit


def _is_before(repo: Repository, commit: str, later: str) -> bool:
    """Whether a commit is here, and an ancestor of another."""
    if repo.objects.read_one(commit) is None:
        return False
    status, _, _ = repo.git.ask("merge-base", "--is-ancestor", commit, later)
    return status == 0


def _git_environ(settings: GitHubSettings, token: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The token as git's own configuration for this one server, in git's environment: no argument shows it.

    The empty value first takes the place of a header that actions/checkout has left in the clone.
    """
    count = environ.get("GIT_CONFIG_COUNT", "0")
    first = int(count) if count.isdecimal() else 0
    key = f"http.{settings.server_url}/.extraheader"
    basic = b64encode(f"x-access-token:{token}".encode()).decode("ascii")
    return {
        "GIT_CONFIG_COUNT": str(first + 2),
        f"GIT_CONFIG_KEY_{first}": key,
        f"GIT_CONFIG_VALUE_{first}": "",
        f"GIT_CONFIG_KEY_{first + 1}": key,
        f"GIT_CONFIG_VALUE_{first + 1}": f"AUTHORIZATION: basic {basic}",
    }
