"""What a policy's own reading does not see: how policies meet each other, and what a policy is blind to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promoter.core.policy import Policy, RatioCheck
from promoter.core.route import RouteRef
from promoter.errors import Problem, Severity, Where

_PODS_ONLY = 'reporter="destination"'


def lint_policies(policies: Sequence[Policy]) -> list[Problem]:
    """Problems between policies: a name or a candidate used twice, unknown or circular waves."""
    return [*_names(policies), *_waves(policies), *_routes(policies)]


def blind_spots(policy: Policy) -> Iterator[Problem]:
    """Warnings where only the pods count: a candidate that no request reaches tells nothing, and looks unknown."""
    hint = 'count with reporter="source": docs/how-to/see-dead-candidates.md'
    where = Where(policy.file)
    if _PODS_ONLY in policy.requests.source:
        yield Problem(
            "the split is counted by the pods: one towards a dead candidate is never seen",
            where, hint, Severity.WARNING,
        )  # fmt: skip
    ratios = [check.total.source for check in policy.checks if isinstance(check, RatioCheck)]
    if ratios and all(_PODS_ONLY in source for source in ratios):
        yield Problem("no check sees requests that reach no pod", where, hint, Severity.WARNING)


def _names(policies: Sequence[Policy]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for policy in policies:
        if policy.name in first:
            yield Problem(f"{policy.name} is also the name of {first[policy.name]}", Where(policy.file))
        first.setdefault(policy.name, policy.file)


def _waves(policies: Sequence[Policy]) -> Iterator[Problem]:
    waits = {policy.name: [after.rollout for after in policy.after] for policy in policies}
    for policy in policies:
        for name in waits[policy.name]:
            tops = {other.name: max(step.percent for step in other.steps) for other in policies}
            wanted = next(after.percent for after in policy.after if after.rollout == name)
            if name in tops and tops[name] < wanted:
                message = (
                    f"waits for {name} at {float(wanted):g}%, whose ladder ends at {float(tops[name]):g}%"
                )
                yield Problem(message, Where(policy.file))
            if name not in waits:
                known = ", ".join(sorted(waits))
                yield Problem(
                    f"waits for {name}, which no policy is called", Where(policy.file), f"known: {known}"
                )
        if policy.name in _reached(policy.name, waits):
            yield Problem(f"{policy.name} waits for itself through its `after`", Where(policy.file))


def _reached(start: str, waits: dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    queue = list(waits.get(start, ()))
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += waits.get(name, ())
    return seen


def _routes(policies: Sequence[Policy]) -> Iterator[Problem]:
    for index, policy in enumerate(policies):
        for other in policies[:index]:
            if _same_route(policy.route, other.route):
                message = f"{policy.route.kind} {policy.route.name} is already the route of {other.file}"
                yield Problem(message, Where(policy.file), "two policies must not move one route's weights")


def _same_route(one: RouteRef, other: RouteRef) -> bool:
    """Whether two references may mean the same route: what one leaves open matches anything."""
    named = (one.file, one.kind, one.name) == (other.file, other.kind, other.name)
    return named and all(
        mine is None or theirs is None or mine == theirs
        for mine, theirs in ((one.namespace, other.namespace), (one.http, other.http))
    )
