"""Hold a proposed change against the rules on base: weights by this very tick, policies by lint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from promoter.core.decision import Decision
from promoter.core.guard import Change, Finding, Ruling, rule, share
from promoter.core.policy import Policy
from promoter.core.situation import Unusable
from promoter.errors import ManifestError, Problem, SettingsError, Severity, Where
from promoter.lint import Files, Tree, commit_files, lint
from promoter.manifest.beside import Aside
from promoter.manifest.locate import LocatedRoute
from promoter.policies import Policies
from promoter.proposed import Proposed, Side
from promoter.report.guard import aside_line, finding_line
from promoter.tick import Tick, conclude, fetch, look
from promoter.world import World

_ONLY_WHERE = {"file", "name"}  # of a policy's fields: not what it means
_NO_RULE = "no policy on base knows this candidate; bring the policy to base with the weight as it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What must not be merged, and what a reviewer should know. `base` is the commit that judged.

    `judged` says that health was asked for, so that this is only true for as long as its evidence is.
    """

    base: str
    judged: bool
    refused: tuple[Problem, ...]
    told: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Watched:
    """One rollout whose files the change touches, with its route after the change."""

    policy: Policy
    change: Change
    after: LocatedRoute


def review(world: World, proposed: Proposed, at: datetime) -> Reviewed:
    """Everything there is to say about the change. Prometheus is asked only where a weight rises."""
    watched, refused = _watched(proposed)
    rising = tuple(item.policy.name for item in watched if item.change.raised)
    decisions, why = _decisions(world, proposed.before, rising, at)
    told: list[Problem] = []
    for item in watched:
        name = item.policy.name
        found = rule(item.change, decisions.get(name, {}), why=why.get(name, _NO_RULE))
        for finding in (*found, *_images(item)):
            (refused if finding.refused else told).append(_placed(item, finding))
        for aside, line in _asides(proposed, item):
            problem = Problem(line, item.after.source.where(aside.place))
            (refused if aside.shadows else told).append(problem)
    refused += _unwatched(proposed)
    for problem, certain in _lint(proposed):
        (refused if certain else told).append(problem)
    told += _policies(proposed)
    return Reviewed(
        base=proposed.before.at,
        judged=bool(rising),
        refused=tuple(dict.fromkeys(refused)),
        told=tuple(dict.fromkeys(told)),
    )


def _watched(proposed: Proposed) -> tuple[list[_Watched], list[Problem]]:
    """The rollouts on base that the change touches; what cannot be read is refused."""
    watched, refused = [], []
    mended = [proposed.after.in_file(path) for path in proposed.before.broken_files]
    rules = [*proposed.before.policies.good, *(policy for policy in mended if policy is not None)]
    for policy in rules:
        if not proposed.touches(policy):
            continue
        try:
            change, after = proposed.change(policy)
        except ManifestError as error:
            refused.append(_gone(proposed, policy, error))
            continue
        watched.append(_Watched(policy, change, after))
    return watched, refused


def _gone(proposed: Proposed, policy: Policy, error: ManifestError) -> Problem:
    """A route that base's policy watches and that cannot be compared."""
    if proposed.after.policy(policy.name) is not None:
        return error.problem
    return Problem(
        f"the route of rollout {policy.name} cannot be found after this change ({error.problem.message})",
        Where(policy.route.file),
        "first remove its policy, in a change of its own",
    )


def _decisions(
    world: World, base: Side, names: Sequence[str], at: datetime
) -> tuple[Mapping[str, Mapping[str, Decision]], Mapping[str, str]]:
    """What the tick concludes at base for these rollouts, by candidate; or why it cannot."""
    known = tuple(name for name in names if base.policy(name) is not None)
    why = {name: "base's policy cannot be read" for name in names if name not in known}
    if not known:
        return {}, why
    pinned = replace(world, base=replace(world.base, commit=base.at))
    found = look(pinned, Tick(policies=Policies(good=base.policies.good), at=at, names=known))
    for item in found:
        if isinstance(item, Unusable):
            why[item.name] = "; ".join(item.problems)
    try:
        concluded = conclude(found, fetch(pinned, found))
    except SettingsError as error:  # no Prometheus is named, or no way to log in
        return {}, {**dict.fromkeys(known, str(error)), **why}
    decisions: dict[str, dict[str, Decision]] = {}
    for one in concluded:
        if not isinstance(one, Unusable):
            situation = one.observed.situation
            decisions.setdefault(situation.policy.name, {})[situation.candidate] = one.decision
    return decisions, why


def _placed(item: _Watched, finding: Finding) -> Problem:
    """A finding at the line of the weight it is about."""
    file = item.after.source.name
    if finding.ruling is Ruling.IMAGE:
        file = next((ref.file for name, ref in item.policy.workloads if name == finding.subject), file)
        return Problem(finding_line(finding), Where(file))
    return Problem(finding_line(finding), item.after.source.where(_place(item, finding)))


def _place(item: _Watched, finding: Finding) -> int:
    """The offset of the weight, of its destination where none is written, of the route where it is gone."""
    for destination in item.after.route.destinations:
        if finding.dest in (destination.dest, item.change.renamed.get(destination.dest)):
            return destination.span[0] if destination.span else destination.node.start_mark.index
    return item.after.route.index


def _images(item: _Watched) -> Iterator[Finding]:
    """Another image behind a candidate with traffic: the ladder starts again, the traffic stays."""
    for version, _ in item.policy.workloads:
        dest = item.change.candidates.get(version)
        live = dest is not None and share(item.change.before, dest) and share(item.change.after, dest)
        if dest is not None and live and version in item.change.newcomers:
            yield Finding(
                ruling=Ruling.IMAGE,
                rollout=item.policy.name,
                subject=version,
                dest=dest,
                before=share(item.change.before, dest),
                after=share(item.change.after, dest),
            )


def _asides(proposed: Proposed, item: _Watched) -> Iterator[tuple[Aside, str]]:
    """Traffic past the weights: refused where it takes the route's place, told where it takes a part."""
    for aside, version, percent in proposed.asides(item.policy, item.change, item.after):
        yield aside, aside_line(aside.label, version, percent, shadows=aside.shadows)


def _unwatched(proposed: Proposed) -> Iterator[Problem]:
    """Changed routes while a policy on base cannot be read: it may be the one that watches them."""
    lost = [path for path in proposed.before.broken_files if proposed.after.in_file(path) is None]
    for path in proposed.weighted() if lost else ():
        yield Problem(
            f"{', '.join(lost)} on base cannot be read, so nobody can say whether it watches this route",
            Where(path),
            "repair the policy first, in a change of its own",
        )


def _lint(proposed: Proposed) -> Iterator[tuple[Problem, bool]]:
    """What lint finds after the change, and whether it is an error; without what base had in files left alone."""
    base = commit_files(proposed.before.repo, proposed.before.at)
    known = {_said(problem) for problem in _linted(proposed.before, None)}
    for problem in _linted(proposed.after, base):
        if _said(problem) not in known or (problem.where and problem.where.file in proposed.changed):
            yield problem, problem.severity is Severity.ERROR


def _said(problem: Problem) -> tuple[str, str]:
    return (problem.where.file if problem.where else "", problem.message)


def _linted(side: Side, before: Files | None) -> tuple[Problem, ...]:
    unreadable = tuple(data for data in side.files.values() if isinstance(data, Problem))
    texts = {path: data for path, data in side.files.items() if not isinstance(data, Problem)}
    tree = Tree(files=commit_files(side.repo, side.at), policies=texts)
    return (*unreadable, *lint(tree, before=before).problems)


def _policies(proposed: Proposed) -> Iterator[Problem]:
    """Which policies the change adds, removes or rewrites: they count once they are on base."""
    before, after = proposed.before, proposed.after
    for policy in before.policies.good:
        new = after.policy(policy.name)
        where = Where(policy.file)
        if new is None and policy.file not in after.broken_files:
            yield Problem(f"this change removes it: nothing watches rollout {policy.name} any more", where)
        elif new is not None and (parts := _differing(policy, new)):
            told = f"{policy.name}: {', '.join(parts)} changed; until it is merged, base's version judges"
            yield Problem(told, Where(new.file))
    for policy in after.policies.good:
        if before.policy(policy.name) is None:
            yield Problem(
                f"rollout {policy.name} is new: its rules count once they are on base", Where(policy.file)
            )


def _differing(old: Policy, new: Policy) -> list[str]:
    return [
        part.name
        for part in fields(Policy)
        if part.name not in _ONLY_WHERE and getattr(old, part.name) != getattr(new, part.name)
    ]
