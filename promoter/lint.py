"""Everything that can be checked without a network: policies, their routes and workloads, their PromQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from promoter.core.evidence import Unknown
from promoter.core.feasibility import Foreseen, forecast
from promoter.core.policy import Policy
from promoter.core.traffic import traffic_of_route, traffic_queries
from promoter.core.weights import WeightError
from promoter.errors import PolicyError, Problem, PromoterError, SettingsError, Severity, Where
from promoter.manifest.bypass import bypass_problems
from promoter.manifest.drift import drift_problems
from promoter.manifest.locate import locate_route
from promoter.manifest.mesh import Mesh, read_mesh
from promoter.manifest.sticky import sticky_problems, stray_filters
from promoter.manifest.surroundings import Surroundings, surroundings
from promoter.manifest.workload import read_images
from promoter.metrics.protocol import TenantMetrics
from promoter.policies import SUFFIXES
from promoter.policy.cross import blind_spots, lint_policies
from promoter.policy.read import read_policy
from promoter.repo.base import Repository
from promoter.yaml_source import MAX_BYTES, YamlSource

MOST_FILES = 500  # around one route: more is no directory of manifests


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Somewhere to read from: a work tree, or a commit. `below` lists the YAML files of a directory."""

    read: Callable[[str], bytes]
    below: Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What is linted: the policy files by their path, and where their manifests are read from."""

    files: Files
    policies: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """How many policies were looked at, and what was found."""

    policies: int
    problems: tuple[Problem, ...]
    good: tuple[Policy, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings are certain harm."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)


def read_tree(root: Path, directory: str) -> Tree:
    """The policy files below `root`. Raises SettingsError where there is no such directory."""
    folder = root / directory
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no directory", hint="name it with --policies, or run promoter init")
    files = work_tree(root)
    return Tree(files=files, policies={path: files.read(path) for path in files.below(directory)})


def work_tree(root: Path) -> Files:
    """The files of a directory as they lie there."""

    def read(path: str) -> bytes:
        file = root / path
        if not file.resolve().is_relative_to(root.resolve()):
            raise SettingsError(f"{path} leaves the repository")
        try:
            return file.read_bytes()
        except OSError as error:
            raise SettingsError(f"cannot read {path}: {error.strerror}") from error

    def below(directory: str) -> Sequence[str]:
        found = (root / directory).glob("*" if directory in ("", ".") else "**/*")
        files = (path for path in found if path.suffix in SUFFIXES and path.is_file())
        return sorted(path.relative_to(root).as_posix() for path in files)

    return Files(read=read, below=below)


def commit_files(repo: Repository, commit: str) -> Files:
    """The files of a commit."""

    def read(path: str) -> bytes:
        found = repo.read_files(commit, [path])[path]
        if isinstance(found, Problem):
            raise SettingsError(found.message)
        return found

    def below(directory: str) -> Sequence[str]:
        if directory not in ("", "."):
            return repo.list_files(commit, directory, SUFFIXES, needed=False)
        return [path for path in repo.list_files(commit, ".", SUFFIXES) if "/" not in path]

    return Files(read=read, below=below)


def lint(tree: Tree, names: Sequence[str] = (), before: Files | None = None) -> Linted:
    """All problems of these policies; `names` narrows it to some rollouts.

    With `before`, also what changed since then and moves devices between versions.
    """
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
    problems += [problem for policy in chosen for problem in blind_spots(policy)]
    problems += [problem for policy in chosen for problem in _manifests(tree.files, policy)]
    problems += _splits(tree.files, chosen, before)
    return Linted(policies=len(tree.policies), problems=tuple(dict.fromkeys(problems)), good=tuple(chosen))


def foresee(policies: Sequence[Policy], metrics: TenantMetrics, at: datetime) -> Iterator[Foreseen]:
    """Whether each policy's ladder can conclude at the traffic that Prometheus shows now."""
    for policy in policies:
        asked = traffic_queries(policy, at)
        answers = metrics.with_tenant(policy.metrics.tenant).fetch(asked)
        unknown = dict.fromkeys(answer.reason for answer in answers.values() if isinstance(answer, Unknown))
        traffic = traffic_of_route(policy, at, answers)
        found = forecast(policy, traffic)
        yield Foreseen(policy=policy, traffic=traffic, forecasts=found, unknown=tuple(unknown))


def _manifests(files: Files, policy: Policy) -> Iterator[Problem]:
    try:
        located = locate_route(policy.route.file, files.read(policy.route.file), policy.route)
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
            read_images(ref.file, files.read(ref.file), ref)
        except PromoterError as error:
            yield error.problem


def _splits(files: Files, policies: Sequence[Policy], before: Files | None) -> Iterator[Problem]:
    """What the resources around the routes do to the splits. A route that is no good is told elsewhere."""
    meshes: dict[str, Mesh] = {}
    everyone: dict[str, list[Surroundings]] = {}
    for policy in policies:
        directory = PurePosixPath(policy.route.file).parent.as_posix()
        if directory not in meshes:
            meshes[directory] = _mesh(files, directory)
        try:
            around = _around(files, policy, meshes[directory])
        except PromoterError:
            continue
        everyone.setdefault(directory, []).append(around)
        yield from bypass_problems(around)
        yield from sticky_problems(around)
        yield from _drift(before, policy, around)
    for directory, found in everyone.items():
        yield from stray_filters(meshes[directory], tuple(found))


def _around(files: Files, policy: Policy, mesh: Mesh) -> Surroundings:
    located = locate_route(policy.route.file, files.read(policy.route.file), policy.route)
    return surroundings(
        located,
        mesh,
        stable=located.resolve(policy.stable),
        candidates=tuple(located.resolve(candidate) for candidate in policy.candidates),
    )


def _drift(before: Files | None, policy: Policy, now: Surroundings) -> Iterator[Problem]:
    """A route that was not there before, or not like this, cannot have moved."""
    if before is None:
        return
    directory = PurePosixPath(policy.route.file).parent.as_posix()
    try:
        then = _around(before, policy, _mesh(before, directory))
    except PromoterError:
        return
    yield from drift_problems(then, now)


def _mesh(files: Files, directory: str) -> Mesh:
    sources: list[YamlSource] = []
    for path in files.below(directory)[:MOST_FILES]:
        try:
            data = files.read(path)
            if len(data) <= MAX_BYTES:
                sources.append(YamlSource.decode(path, data))
        except PromoterError:
            continue
    return read_mesh(sources)
