"""The composition root: options and environment → the world of a tick. Only here are adapters picked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from promoter.errors import RepoError, SettingsError
from promoter.forge.github.settings import GitHubSettings, github_settings, missing
from promoter.metrics.protocol import Metrics, TenantMetrics
from promoter.policies import Policies, policies_at, policies_to_plan
from promoter.repo.base import Repository
from promoter.settings import Options
from promoter.world import World

if TYPE_CHECKING:
    from promoter.forge.github.connect import Connected
    from promoter.forge.github.visitors import Visitors


def open_world(options: Options, metrics: Callable[[str | None], Metrics], *, acting: bool) -> World:
    """The repository pinned at base's head, and its forge. Raises RepoError, ForgeError or SettingsError."""
    github = _github(options, os.environ, acting=acting)
    return _on_github(github, options, metrics) if github else _local(options, metrics, acting=acting)


def _github(options: Options, environ: Mapping[str, str], *, acting: bool) -> GitHubSettings | None:
    """The settings for GitHub where it is asked for, or where a repository and a login for it are named."""
    if options.forge == "local":
        return None
    settings = github_settings(environ)
    in_actions = environ.get("GITHUB_ACTIONS") == "true" and acting
    if settings is None and (options.forge == "github" or in_actions):
        raise missing(environ)  # in a job, acting on the runner's own clone would help nobody
    return settings


def _on_github(settings: GitHubSettings, options: Options, metrics: Callable[[str | None], Metrics]) -> World:
    from promoter.forge.github.connect import connect  # noqa: PLC0415 - PyGithub is imported where it is used

    return _connected(connect(settings, options.repo, options.base), metrics)


def open_visitors(options: Options, metrics: Callable[[str | None], Metrics]) -> tuple[World, Visitors]:
    """The world on GitHub, and the pull requests of others there. Raises SettingsError without GitHub."""
    settings = None if options.forge == "local" else github_settings(os.environ)
    if settings is None:
        raise SettingsError("only GitHub has other people's pull requests", hint=str(missing(os.environ)))
    from promoter.forge.github.connect import connect  # noqa: PLC0415
    from promoter.forge.github.visitors import Visitors  # noqa: PLC0415

    there = connect(settings, options.repo, options.base)
    return _connected(there, metrics), Visitors(there.desk)


def _connected(there: Connected, metrics: Callable[[str | None], Metrics]) -> World:
    return World(
        repo=there.repo,
        base=there.base,
        forge=there.forge,
        metrics=metrics,
        environ=os.environ,
        human=there.human,
    )


def _local(options: Options, metrics: Callable[[str | None], Metrics], *, acting: bool) -> World:
    from promoter.forge.local import LocalForge  # noqa: PLC0415 - git is imported where it is used

    repo = Repository.open(options.repo)
    base = repo.base(options.base)
    repo.ensure_complete()
    notes: tuple[str, ...] = ()
    if base.behind:
        told = f"{base.branch} is {base.behind} commits behind {base.upstream}"
        if acting:
            raise RepoError(told, hint="pull first: only what is on base counts")
        notes = (f"{told}: this plan does not know them",)
    return World(
        repo=repo,
        base=base,
        forge=LocalForge(repo, base),
        metrics=metrics,
        environ=os.environ,
        notes=notes,
    )


def open_policies(world: World, options: Options, *, acting: bool) -> Policies:
    """Base's policies when acting; the work tree's for reading, with a note where they differ."""
    if acting:
        return policies_at(world.repo, world.base.commit, options.policies)
    return policies_to_plan(world.repo, world.base.commit, options.policies)


def prometheus(options: Options, environ: Mapping[str, str]) -> TenantMetrics:
    """One adapter a tenant over one connection pool. Raises SettingsError where no server is named."""
    from promoter.metrics.prometheus import PrometheusMetrics  # noqa: PLC0415
    from promoter.settings import prometheus_settings  # noqa: PLC0415

    settings = prometheus_settings(environ, options.prometheus)
    if settings is None:
        raise SettingsError("no Prometheus is named", hint="set PROMETHEUS_URL or give --prometheus URL")
    return PrometheusMetrics(settings)


def no_metrics(tenant: str | None) -> Metrics:
    """For commands that never ask: asking is a bug."""
    raise AssertionError(f"this command asks no Prometheus (tenant {tenant!r})")
