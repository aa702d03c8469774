"""The composition root: options and environment → the world of a tick. Only here are adapters picked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from promoter.errors import RepoError, SettingsError
from promoter.forge.protocol import Forge
from promoter.metrics.protocol import Metrics, TenantMetrics
from promoter.policies import Policies, policies_at, policies_to_plan
from promoter.repo.base import BaseRef, Repository
from promoter.settings import Options
from promoter.world import World


def open_world(options: Options, metrics: Callable[[str | None], Metrics], *, acting: bool) -> World:
    """The repository pinned at base's head, and its forge. Raises RepoError or SettingsError."""
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
        forge=_forge(options, repo, base),
        metrics=metrics,
        environ=os.environ,
        notes=notes,
    )


def open_policies(world: World, options: Options, *, acting: bool) -> Policies:
    """Base's policies when acting; the work tree's for reading, with a note where they differ."""
    if acting:
        return policies_at(world.repo, world.base.commit, options.policies)
    return policies_to_plan(world.repo, world.base.commit, options.policies)


def _forge(options: Options, repo: Repository, base: BaseRef) -> Forge:
    if options.forge == "github":
        raise SettingsError(
            "--forge github is not part of this version",
            hint="use --forge local (branches and refs of this clone)",
        )
    from promoter.forge.local import LocalForge  # noqa: PLC0415 - git is imported where it is used

    return LocalForge(repo, base)


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
