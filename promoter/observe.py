"""Gather each rollout's situation from Git and the forge at one pinned commit. No rules here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from promoter.core.history import Point
from promoter.core.policy import Policy
from promoter.core.proposals import ForgeView
from promoter.core.route import WorkloadRef
from promoter.core.situation import Route, Situation, Unusable, Wave
from promoter.core.timeline import fold
from promoter.core.weights import Split, WeightError
from promoter.errors import ManifestError, Problem, PromoterError
from promoter.manifest.locate import LocatedRoute, locate_route
from promoter.manifest.workload import read_images
from promoter.repo.base import Repository
from promoter.repo.log import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One candidate's situation, and the place in the manifest that a promotion would edit."""

    situation: Situation
    located: LocatedRoute


Found = Observed | Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was read once for all rollouts: files and history at base's head."""

    base: str
    files: Mapping[str, bytes | Problem]
    changes: Mapping[str, tuple[Change, ...]]  # path -> the commits that touched it, oldest first
    blobs: Mapping[str, bytes]


def read_facts(repo: Repository, base: str, policies: Iterable[Policy]) -> Facts:
    """One pass over base's history for every file that the policies name."""
    paths = sorted({path for policy in policies for path in _paths(policy)})
    history = repo.history(base, paths)
    by_path: dict[str, list[Change]] = {path: [] for path in paths}
    for change in history:
        for path in change.blobs:
            by_path[path].append(change)
    shas = {sha for change in history for sha in change.blobs.values() if sha is not None}
    return Facts(
        base=base,
        files=repo.read_files(base, paths),
        changes={path: tuple(changes) for path, changes in by_path.items()},
        blobs=repo.read_blobs(shas),
    )


def observe(
    facts: Facts, policies: Sequence[Policy], views: Mapping[str, ForgeView], at: datetime
) -> tuple[Found, ...]:
    """The situation of every candidate of these policies, in their order."""
    found = [item for policy in policies for item in _rollout(facts, policy, views, at)]
    waves = _waves(found)
    return tuple(
        item if isinstance(item, Unusable) else replace(item, situation=replace(item.situation, waves=waves))
        for item in found
    )


def _paths(policy: Policy) -> Iterator[str]:
    yield policy.route.file
    yield from (ref.file for _, ref in policy.workloads)


def _rollout(facts: Facts, policy: Policy, views: Mapping[str, ForgeView], at: datetime) -> Iterator[Found]:
    try:
        located = locate_route(policy.route.file, _file(facts, policy.route.file), policy.route)
        destinations = {version: located.resolve(version) for version in policy.versions}
        _refuse_twins(policy, destinations)
        points = tuple(_points(facts, policy, located))
        for _, ref in policy.workloads:  # readable now, or nobody could tell a new candidate
            read_images(ref.file, _file(facts, ref.file), ref)
    except PromoterError as error:
        yield Unusable(name=policy.name, problems=tuple(str(error).splitlines()))
        return
    route = Route(path=policy.route.file, split=located.split, destinations=destinations)
    for candidate in policy.candidates:
        timeline = fold(points, candidate=candidate, stable=policy.stable, destinations=destinations)
        if timeline is None:
            problem = f"{policy.route.file}: its history on base cannot be read"
            yield Unusable(name=policy.name, problems=(problem,))
            return
        situation = Situation(
            policy=policy,
            candidate=candidate,
            at=at,
            base=facts.base,
            route=route,
            timeline=timeline,
            view=views.get(policy.name, ForgeView()),
            waves={},
        )
        yield Observed(situation=situation, located=located)


def _file(facts: Facts, path: str) -> bytes:
    data = facts.files[path]
    if isinstance(data, Problem):
        raise ManifestError(data.message, where=data.where, hint=data.hint)
    return data


def _refuse_twins(policy: Policy, destinations: Mapping[str, str]) -> None:
    """Two versions that are one destination would move weight to themselves."""
    seen: dict[str, str] = {}
    for version, destination in destinations.items():
        if destination in seen:
            raise ManifestError(f"{policy.file}: {seen[destination]} and {version} are both {destination}")
        seen[destination] = version


def _points(facts: Facts, policy: Policy, located: LocatedRoute) -> Iterator[Point]:
    """The states after each commit that touched the manifest or a workload, oldest first.

    A commit that left the manifest unreadable keeps the split before it: it says nothing of weights.
    """
    manifest = policy.route.file
    changes = {change.commit.sha: change for path in _paths(policy) for change in facts.changes[path]}
    split: Split | None = None
    for change in sorted(changes.values(), key=lambda change: change.position):
        if manifest in change.blobs:
            split = _split(facts, policy, located, change.blobs[manifest]) or split
        images = {
            version: found
            for version, ref in policy.workloads
            if ref.file in change.blobs and (found := _images(facts, change.blobs[ref.file], ref))
        }
        yield Point(commit=change.commit, split=split, images=images)


def _split(facts: Facts, policy: Policy, located: LocatedRoute, blob: str | None) -> Split | None:
    data = facts.blobs.get(blob) if blob else None
    if data is None:
        return None
    like = located.read_like(data)
    if like is not None:
        return like
    try:
        return locate_route(policy.route.file, data, policy.route).split
    except (ManifestError, WeightError):
        return None


def _images(facts: Facts, blob: str | None, ref: WorkloadRef) -> tuple[str, ...] | None:
    data = facts.blobs.get(blob) if blob else None
    if data is None:
        return None
    try:
        return read_images(ref.file, data, ref)
    except ManifestError:
        return None


def _waves(found: Iterable[Found]) -> Mapping[str, Wave]:
    """How far every rollout has come, for those that wait for it."""
    waves: dict[str, Wave] = {}
    for item in found:
        if isinstance(item, Unusable):
            continue
        name = item.situation.policy.name
        before = waves.get(name, Wave(timelines=()))
        waves[name] = Wave(
            timelines=(*before.timelines, item.situation.timeline),
            held=before.held or bool(item.situation.holds),
        )
    return waves
