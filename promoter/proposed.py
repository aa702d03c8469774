"""Both sides of a proposed change, read from Git objects: policies and routes on base, and after the merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from promoter.core.guard import Change, called_as_before
from promoter.core.policy import Policy
from promoter.core.route import RouteRef, WorkloadRef
from promoter.core.weights import Split, WeightError
from promoter.errors import ManifestError, Problem, PromoterError, Where
from promoter.manifest.beside import Aside, beside
from promoter.manifest.locate import LocatedRoute, destinations_like, locate_route
from promoter.manifest.routes import find_routes
from promoter.manifest.workload import read_images
from promoter.policies import SUFFIXES, Policies, read_policies
from promoter.repo.base import Repository
from promoter.repo.merging import changed_files, commit_of, merged_tree
from promoter.yaml_source import YamlSource

_ROUTES = (*SUFFIXES, ".json")


@dataclass(frozen=True, slots=True)
class Side:
    """The policies of one commit or tree. `files` are their texts, or why they have none."""

    repo: Repository
    at: str
    files: Mapping[str, bytes | Problem]
    policies: Policies

    @classmethod
    def read(cls, repo: Repository, at: str, directory: str) -> Side:
        """The policies below `directory`; none where there is no such directory."""
        files = repo.read_files(at, repo.list_files(at, directory, SUFFIXES, needed=False))
        return cls(repo, at, files, read_policies(files))

    def data(self, path: str) -> bytes:
        """A file's bytes. Raises ManifestError where it has none."""
        found = self.repo.read_files(self.at, [path])[path]
        if isinstance(found, Problem):
            message = found.message.replace("on base", "here")
            raise ManifestError(message, where=found.where, hint=found.hint)
        return found

    def route(self, ref: RouteRef) -> LocatedRoute:
        """A route. Raises ManifestError."""
        return locate_route(ref.file, self.data(ref.file), ref)

    def images(self, ref: WorkloadRef) -> tuple[str, ...] | None:
        """A workload's images; None where they cannot be told."""
        try:
            return read_images(ref.file, self.data(ref.file), ref)
        except PromoterError:
            return None

    def policy(self, name: str) -> Policy | None:
        """The policy of that rollout."""
        return next((policy for policy in self.policies.good if policy.name == name), None)

    def in_file(self, path: str) -> Policy | None:
        """The policy that this file holds."""
        return next((policy for policy in self.policies.good if policy.file == path), None)

    @property
    def broken_files(self) -> tuple[str, ...]:
        """The policy files that no policy could be read from, or whose name is used twice."""
        good = {policy.file for policy in self.policies.good}
        return tuple(path for path in self.files if path not in good)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change: base, and what base would be once it is merged. `changed` are the paths that differ."""

    before: Side
    after: Side
    changed: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def read(cls, repo: Repository, base: str, head: str, directory: str) -> Proposed:
        """The change that merging `head` makes to `base`, both given by any name. Raises RepoError."""
        start = commit_of(repo, base)
        tree = merged_tree(repo, start, commit_of(repo, head))
        before, after = Side.read(repo, start, directory), Side.read(repo, tree, directory)
        return cls(before, after, changed_files(repo, start, tree))

    def touches(self, policy: Policy) -> bool:
        """Whether a file that decides about the rollout's traffic is changed."""
        files = {policy.route.file, *(ref.file for _, ref in policy.workloads)}
        return not files.isdisjoint(self.changed)

    def change(self, policy: Policy) -> tuple[Change, LocatedRoute]:
        """The rollout's route before and after. Raises ManifestError where either cannot be told."""
        try:
            after = self._after(policy)
            before, destinations = self._before(policy)
        except WeightError as error:
            raise ManifestError(str(error), where=Where(policy.route.file)) from error
        names = [name for name, _ in after.split.weights]
        renamed: dict[str, str] = {}
        for version in policy.versions:
            known = destinations.setdefault(version, _resolved(after, version) or version)
            renamed |= dict.fromkeys(
                destinations_like(version, names), known
            )  # candidates come last, and win
        for known in destinations.values():
            renamed.pop(known, None)  # it is called so itself
        change = Change(
            rollout=policy.name,
            stable=destinations[policy.stable],
            candidates={
                **{version: destinations[version] for version in policy.candidates},
                **self._newcomers(policy, after),
            },
            before=before,
            after=called_as_before(after.split, renamed),
            renamed=renamed,
            first=policy.steps[0].percent if policy.steps else None,
            newcomers=frozenset(v for v, ref in policy.workloads if self.other_images(ref)),
        )
        return change, after

    def other_images(self, ref: WorkloadRef) -> bool:
        """Whether the change puts other images there, as far as both sides can be read."""
        if ref.file not in self.changed:
            return False
        before, after = self.before.images(ref), self.after.images(ref)
        return before is not None and after is not None and before != after

    def asides(
        self, policy: Policy, change: Change, after: LocatedRoute
    ) -> Iterator[tuple[Aside, str, Fraction]]:
        """Other routes of the resource by which a candidate gets traffic now, and did not before: which, how much.

        One that cannot be read, and was not there like that before, may send it to any: "" and 100 %.
        """
        known = self._known_asides(policy)
        for aside in beside(after):
            if aside.split is None:
                if aside.text not in {one.text for one in known}:
                    yield aside, "", Fraction(100)
                continue
            for version, dest in change.candidates.items():
                names = {dest, *destinations_like(version, [name for name, _ in aside.split.weights])}
                percent = aside.percent(names)
                if percent > max(
                    (one.percent(names) for one in known if _alike(one, aside)), default=Fraction(0)
                ):
                    yield aside, version, percent

    def _known_asides(self, policy: Policy) -> tuple[Aside, ...]:
        try:
            return beside(self.before.route(policy.route))
        except (ManifestError, WeightError):
            return ()

    def _newcomers(self, policy: Policy, after: LocatedRoute) -> Mapping[str, str]:
        """The candidates that only the changed policy knows: no rule on base lets them rise."""
        new = self.after.policy(policy.name)
        versions = () if new is None else (v for v in new.candidates if v not in policy.versions)
        return {version: dest for version in versions if (dest := _resolved(after, version)) is not None}

    def _after(self, policy: Policy) -> LocatedRoute:
        """The route after the change, also where its file was moved together with its policy."""
        try:
            return self.after.route(policy.route)
        except ManifestError:
            moved = self.after.policy(policy.name)
            same = moved is not None and (moved.route.kind, moved.route.name) == (
                policy.route.kind,
                policy.route.name,
            )
            if moved is None or not same or moved.route.file == policy.route.file:
                raise
            return self.after.route(replace(moved.route, http=policy.route.http or moved.route.http))

    def _before(self, policy: Policy) -> tuple[Split, dict[str, str]]:
        """The split on base, or the last one that could be read, and what each version is called there."""
        try:
            located = self.before.route(policy.route)
        except ManifestError:
            earlier = next(self._earlier(policy), None)
            if earlier is None:
                raise
            located = earlier
        # Where base's policy does not fit base's manifest, this change may mend it.
        known = {version: _resolved(located, version) for version in policy.versions}
        return located.split, {version: dest for version, dest in known.items() if dest is not None}

    def _earlier(self, policy: Policy) -> Iterator[LocatedRoute]:
        """The route as base's history had it, newest first."""
        repo, path = self.before.repo, policy.route.file
        changes = repo.history(self.before.at, [path])
        blobs = repo.read_blobs({blob for change in changes for blob in change.blobs.values() if blob})
        for change in reversed(changes):
            try:
                yield locate_route(path, blobs[change.blobs[path] or ""], policy.route)
            except (ManifestError, WeightError, KeyError):
                continue

    def weighted(self) -> tuple[str, ...]:
        """The changed files that have weighted routes, before or after, or cannot be read."""
        return tuple(
            path
            for path in sorted(self.changed)
            if path.endswith(_ROUTES)
            and path not in {*self.before.files, *self.after.files}
            and (_has_routes(self.before, path) or _has_routes(self.after, path))
        )


def _alike(one: Aside, other: Aside) -> bool:
    """Whether a route before may be the same as one after: it takes all of the traffic, or only some."""
    return one.shadows == other.shadows


def _resolved(located: LocatedRoute, version: str) -> str | None:
    try:
        return located.resolve(version)
    except ManifestError:
        return None


def _has_routes(side: Side, path: str) -> bool:
    try:
        data = side.data(path)
    except ManifestError:
        return False  # it is not there on this side
    try:
        return bool(find_routes(YamlSource.decode(path, data)))
    except ManifestError:
        return True
