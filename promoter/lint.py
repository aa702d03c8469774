"""Everything that can be checked without a network: policies, their routes and workloads, their PromQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from promoter.core.evidence import Unknown
from promoter.core.feasibility import Foreseen, forecast
from promoter.core.policy import Policy
from promoter.core.traffic import traffic_of_route, traffic_queries
from promoter.core.weights import WeightError
from promoter.errors import PolicyError, Problem, PromoterError, SettingsError, Where
from promoter.manifest.locate import locate_route
from promoter.manifest.workload import read_images
from promoter.metrics.protocol import TenantMetrics
from promoter.policies import SUFFIXES
from promoter.policy.cross import lint_policies
from promoter.policy.read import read_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A directory read for linting: its root, and the policy files by their path in it."""

    root: Path
    policies: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """How many policies were looked at, and what is wrong with them."""

    policies: int
    problems: tuple[Problem, ...]
    good: tuple[Policy, ...] = ()


def read_tree(root: Path, directory: str) -> Tree:
    """The policy files below `root`. Raises SettingsError where there is no such directory."""
    folder = root / directory
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no directory", hint="name it with --policies, or run promoter init")
    files = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return Tree(root=root, policies={path.relative_to(root).as_posix(): path.read_bytes() for path in files})


def lint(tree: Tree, names: Sequence[str] = ()) -> Linted:
    """All problems of these policies; `names` narrows it to some rollouts."""
    good: list[Policy] = []
    problems: list[Problem] = []
    for path, data in tree.policies.items():
        try:
            good.append(read_policy(path, data))
        except PolicyError as error:
            problems += error.problems
        except PromoterError as error:
            problems.append(error.problem)
    problems += lint_policies(good)
    chosen = [policy for policy in good if not names or policy.name in names]
    problems += [problem for policy in chosen for problem in _manifests(tree.root, policy)]
    return Linted(policies=len(tree.policies), problems=tuple(problems), good=tuple(chosen))


def foresee(policies: Sequence[Policy], metrics: TenantMetrics, at: datetime) -> Iterator[Foreseen]:
    """Whether each policy's ladder can conclude at the traffic that Prometheus shows now."""
    for policy in policies:
        asked = traffic_queries(policy, at)
        answers = metrics.with_tenant(policy.metrics.tenant).fetch(asked)
        unknown = dict.fromkeys(answer.reason for answer in answers.values() if isinstance(answer, Unknown))
        traffic = traffic_of_route(policy, at, answers)
        found = forecast(policy, traffic)
        yield Foreseen(policy=policy, traffic=traffic, forecasts=found, unknown=tuple(unknown))


def _manifests(root: Path, policy: Policy) -> Iterator[Problem]:
    try:
        located = locate_route(policy.route.file, _read(root, policy.route.file), policy.route)
        for version in policy.versions:
            located.resolve(version)
    except PromoterError as error:
        yield error.problem
    else:
        for step in policy.steps:
            try:
                located.split.weight_of(step.percent)
            except WeightError as error:
                yield Problem(
                    str(error), Where(policy.file), "use steps that are whole weights, or a larger total"
                )
    for _, ref in policy.workloads:
        try:
            read_images(ref.file, _read(root, ref.file), ref)
        except PromoterError as error:
            yield error.problem


def _read(root: Path, path: str) -> bytes:
    file = root / path
    if not file.resolve().is_relative_to(root.resolve()):
        raise SettingsError(f"{path} leaves the repository")
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from error
