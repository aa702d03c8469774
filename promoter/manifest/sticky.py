"""The rules of a sticky split: one device, one version, and no device moved that need not move.

Envoy takes `hash(key) % total` and the destination whose interval holds it, in the order of the list. So the total,
the order and the key are part of every device's place. docs/explanation/one-camera-one-version.md has the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from promoter.errors import Problem, Severity
from promoter.manifest.mesh import Mesh, StickyFilter
from promoter.manifest.surroundings import Surroundings, finding

TOTALS = (100, 1000, 10000)


def sticky_problems(around: Surroundings) -> Iterator[Problem]:
    """What breaks the split's stickiness, or moves devices without need."""
    yield from _consistent_hash(around)
    if around.sticky:
        yield from _lonely(around)
        yield from _order(around)
        yield from _total(around)
        yield from _unhashed(around)
        yield from _without_key(around)


def stray_filters(mesh: Mesh, everyone: tuple[Surroundings, ...]) -> Iterator[Problem]:
    """Filters that name a host which is here, and a route which is not: the split stays random, silently."""
    for one in mesh.filters:
        hosts = {host for around in everyone for host in around.served.hosts}
        titles = {entry.title for around in everyone for entry in around.served.entries}
        if one.patches(hosts, one.route) and one.vhost is not None and one.route not in {None, *titles}:
            known = ", ".join(sorted(title for title in titles if title)) or "no route has a name"
            yield finding(
                f"the filter patches the route {one.route!r}, which is not here", one.where, f"here: {known}"
            )


def _consistent_hash(around: Surroundings) -> Iterator[Problem]:
    for where in (where for rule in around.rules for where in rule.hashes):
        if around.sticky:
            yield finding(
                "consistentHash joins the key of the sticky split: every destination that comes or goes moves devices",
                where, "remove it; the EnvoyFilter's hash_policy is enough",
            )  # fmt: skip
        else:
            yield finding(
                "consistentHash keeps a device on a pod, not on a version: the weights stay random",
                where, "see docs/how-to/one-camera-one-version.md", Severity.WARNING,
            )  # fmt: skip


def _lonely(around: Surroundings) -> Iterator[Problem]:
    """Envoy has no weights to pick from then, and refuses the whole route table, which freezes every route."""
    for entry in around.served.entries:
        hit = [one for one in around.filters if one.patches(around.served.hosts, entry.title)]
        if hit and len(entry.targets) == 1:
            name = entry.title or entry.label
            hint = f"name another route in {hit[0].where}, or keep a second destination with weight 0"
            yield around.error(
                f"the sticky filter patches {name}, which has one destination", entry.node, hint
            )


def _order(around: Surroundings) -> Iterator[Problem]:
    """Only the border between stable and the candidate may move when the candidate grows."""
    dests = [target.dest for target in around.entry.targets]
    if around.stable not in dests:
        return
    middle = dests.index(around.stable)
    for candidate in around.candidates:
        if candidate in dests and abs(dests.index(candidate) - middle) != 1:
            between = dests[dests.index(candidate)]
            node = around.entry.targets[dests.index(candidate)].node
            yield around.error(
                f"{between} does not border on {around.stable}: its growth moves devices between other versions", node,
                "put stable between the candidates: [candidate, stable, candidate]; more than two cannot be kept apart",
            )  # fmt: skip


def _total(around: Surroundings) -> Iterator[Problem]:
    total = around.located.split.total
    if total not in TOTALS:
        yield around.warning(
            f"the weights sum to {total}: every device moves when somebody makes that 100", around.entry.node,
            "use 100, or 10000 for steps below 1 %, and never change it during a release",
        )  # fmt: skip


def _unhashed(around: Surroundings) -> Iterator[Problem]:
    hashing = [one for one in around.filters if one.hashes]
    if hashing and not any(one.hashed for one in hashing) and not any(rule.hashes for rule in around.rules):
        yield finding(
            "use_hash_policy without a hash_policy: nothing is hashed, so the split stays random",
            hashing[0].where, "add hash_policy: [{header: {header_name: x-device-id}, terminal: true}]",
        )  # fmt: skip


def _without_key(around: Surroundings) -> Iterator[Problem]:
    """A request without the key has no place of its own: it is drawn anew each time."""
    for header in dict.fromkeys(header for one in around.filters for header in one.hashed):
        earlier = around.served.entries[: around.served.entries.index(around.entry)]
        if not any(entry.without == header for entry in earlier):
            yield around.warning(
                f"requests without {header} change their version at random", around.entry.node,
                f"put a route before it that matches withoutHeaders: {{{header}: {{}}}} and goes to stable",
            )  # fmt: skip


def moved_key(before: tuple[StickyFilter, ...], now: tuple[StickyFilter, ...]) -> StickyFilter | None:
    """The filter whose key is another than before: every device is drawn anew."""
    known = {one.key for one in before}
    return next((one for one in now if before and one.key not in known), None)
