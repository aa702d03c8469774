"""The other routes of a rollout's resource: traffic that goes to a version past the weights that are watched."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

from promoter.core.weights import Split
from promoter.errors import ManifestError
from promoter.manifest.destinations import Owner, read_destination
from promoter.manifest.locate import LocatedRoute
from promoter.manifest.nodes import Reader, is_null, loose
from promoter.manifest.resources import resources
from promoter.manifest.routes import LISTS, PARTS
from promoter.manifest.templates import open_manifest
from promoter.yaml_source import Node, SequenceNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """One other route: its label and place (offset), and its split; None where that cannot be read, as in `text`.

    `shadows`: it stands before the route in a VirtualService, whose first match wins, and matches everything.
    """

    label: str
    place: int
    split: Split | None
    text: str
    shadows: bool

    def percent(self, dests: Collection[str]) -> Fraction:
        """The share of this route's traffic that goes to these destinations together."""
        if self.split is None:
            return Fraction(0)
        weight = sum(weight for dest, weight in self.split.weights if dest in dests)
        return Fraction(100 * weight, self.split.total)


def beside(located: LocatedRoute) -> tuple[Aside, ...]:
    """Every other route of the same resource that sends traffic somewhere, in its order."""
    reader = open_manifest(located.source)
    mine = located.route
    return tuple(
        aside
        for resource in resources(reader)
        if resource.document == mine.document and resource.matches(mine.kind, mine.name, mine.namespace)
        for aside in _asides(reader, located, resource.node)
    )


def _asides(reader: Reader, located: LocatedRoute, root: Node) -> Iterator[Aside]:
    mine = located.route
    spec = loose(loose(root).get("spec"))
    for part in PARTS[mine.kind]:
        entries = spec.get(part)
        for index, node in enumerate(entries.value if isinstance(entries, SequenceNode) else ()):
            label = f"{part}[{index}]"
            items = loose(node).get(LISTS[mine.kind])
            if label == mine.label or not isinstance(items, SequenceNode) or not items.value:
                continue
            yield Aside(
                label=label,
                place=node.start_mark.index,
                split=_split(reader, Owner(mine.kind, mine.namespace, label), items),
                text=located.source.text[node.start_mark.index : node.end_mark.index],
                shadows=mine.kind == "VirtualService" and _first(label, mine.label) and _matches_all(node),
            )


def _first(label: str, mine: str) -> bool:
    """Whether `http[0]` stands before `http[1]`."""
    part, _, index = label.rstrip("]").partition("[")
    my_part, _, my_index = mine.rstrip("]").partition("[")
    return part == my_part and int(index) < int(my_index)


def _matches_all(node: Node) -> bool:
    match = loose(node).get("match")
    return match is None or is_null(match) or (isinstance(match, SequenceNode) and not match.value)


def _split(reader: Reader, owner: Owner, items: SequenceNode) -> Split | None:
    weights: dict[str, int] = {}
    try:
        for item in items.value:
            found = read_destination(reader, owner, item, alone=len(items.value) == 1)
            weights[found.dest] = weights.get(found.dest, 0) + found.weight
    except ManifestError:
        return None
    return Split(tuple(weights.items())) if sum(weights.values()) > 0 else None
