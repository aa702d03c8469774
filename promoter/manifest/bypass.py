"""The rules of a measured split: what reaches a version past its weight, and what hides its errors."""

from __future__ import annotations

from collections.abc import Iterator

from promoter.errors import Problem
from promoter.manifest.surroundings import Surroundings, host_of, subset_of

# A request that these send again has not reached a pod: no answer is hidden.
UNREACHED = frozenset({"connect-failure", "refused-stream", "reset-before-request"})


def bypass_problems(around: Surroundings) -> Iterator[Problem]:
    """What makes a version's numbers something else than those of its share of the traffic."""
    yield from _hidden_route(around)
    yield from _past_the_weights(around)
    yield from _mirrored(around)
    yield from _third(around)
    yield from _retries(around)
    yield from _undefined(around)
    yield from _answers(around)


def _hidden_route(around: Surroundings) -> Iterator[Problem]:
    """A VirtualService's routes are tried in order: nothing comes after one that takes everything."""
    if around.served.kind != "VirtualService" or not around.entry.label.startswith("http"):
        return
    for entry in around.served.entries[: around.served.entries.index(around.entry)]:
        if entry.catches_all:
            yield around.error(
                f"no request reaches {around.entry.label}: {entry.label} before it has no condition", entry.node,
                f"put it after {around.entry.label}, or give it a match",
            )  # fmt: skip


def _past_the_weights(around: Surroundings) -> Iterator[Problem]:
    keys = {header for one in around.filters for header in one.hashed}
    for entry in around.served.entries:
        if entry is around.entry or _unreachable(around, entry.label):
            continue
        keyless = entry.without in keys or entry.catches_all  # stable is where these requests belong
        meant = {around.stable} if keyless else set()
        judged = {around.stable, *around.candidates} - meant
        found = [target for target in entry.targets if target.dest in judged]
        if found:
            dests = " and ".join(dict.fromkeys(target.dest for target in found))
            yield around.warning(
                f"{entry.label} sends requests to {dests} past the weights: "
                "they count as its traffic, and no step changes them",
                found[0].node,
                "remove it before the release, or send it through the weighted route",
            )


def _unreachable(around: Surroundings, label: str) -> bool:
    """Whether a route stands behind the weighted one, and that one takes everything."""
    labels = [entry.label for entry in around.served.entries]
    ordered = around.served.kind == "VirtualService"
    return ordered and around.entry.catches_all and labels.index(label) > labels.index(around.entry.label)


def _mirrored(around: Surroundings) -> Iterator[Problem]:
    for entry in around.served.entries:
        for target in entry.mirrors:
            if target.dest in (around.stable, *around.candidates):
                yield around.warning(
                    f"{entry.label} mirrors requests to {target.dest}: its pods count them as if cameras had waited",
                    target.node, "mirror to a version of its own, before the release",
                )  # fmt: skip


def _third(around: Surroundings) -> Iterator[Problem]:
    weights = dict(around.located.split.weights)
    for target in around.entry.targets:
        weight = weights.get(target.dest, 0)
        if weight and target.dest not in (around.stable, *around.candidates):
            yield around.warning(
                f"{target.dest} carries {weight} of {around.located.split.total}, and no check looks at it",
                target.node, "name it in `candidates`, or give it weight 0",
            )  # fmt: skip


def _retries(around: Surroundings) -> Iterator[Problem]:
    retries = around.entry.retries
    hiding = [one for one in retries.conditions if one not in UNREACHED] if retries else []
    if retries and hiding:
        yield around.warning(
            f"retries on {','.join(hiding)} repeat what a pod answered: the candidate's errors hide behind a retry",
            retries.node, "retry on connect-failure,refused-stream only",
        )  # fmt: skip


def _undefined(around: Surroundings) -> Iterator[Problem]:
    """Only where a DestinationRule of the host is here: it may also live elsewhere."""
    for target in around.entry.targets:
        subset = subset_of(target.dest)
        rules = [rule for rule in around.rules if rule.rules(host_of(target.dest), around.served.namespace)]
        defined = {name for rule in rules for name in rule.subsets}
        if subset and rules and subset not in defined:
            known = ", ".join(sorted(defined)) or "none"
            yield around.error(
                f"the subset {subset} is defined nowhere: its requests are answered with 503", target.node,
                f"{rules[0].where} defines: {known}",
            )  # fmt: skip


def _answers(around: Surroundings) -> Iterator[Problem]:
    """Which model answered: told for every destination, or for none, and for each another one."""
    told = [target.answers_as for target in around.entry.targets]
    for target in around.entry.targets:
        if any(told) and target.answers_as is None:
            yield around.warning(
                f"{target.dest} does not set x-model-version on its responses, as the others do", target.node,
                "set it for every destination: headers.response.set",
            )  # fmt: skip
        elif target.answers_as is not None and told.count(target.answers_as) > 1:
            yield around.error(
                f"{target.dest} answers as {target.answers_as}, and so does another destination", target.node,
                "give each its own x-model-version",
            )  # fmt: skip
