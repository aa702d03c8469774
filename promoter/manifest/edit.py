"""New weights into a manifest: the digits of weight scalars change, and no other byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promoter.errors import ManifestError
from promoter.manifest.locate import LocatedRoute
from promoter.manifest.routes import Destination, FoundRoute, read_manifest
from promoter.yaml_source import MappingNode, ScalarNode, SequenceNode, YamlSource

Change = tuple[int, int, str]  # start, end, new text


def edit_weights(located: LocatedRoute, new: Mapping[str, int]) -> bytes:
    """The file with these weights in the located route; destinations not named keep theirs.

    A weight that was implied and must become another one is inserted beside its destination's other
    keys, in their style. The result is parsed again: raises ManifestError unless it differs from the
    file in exactly these weights.
    """
    unknown = set(new) - {d.dest for d in located.route.destinations}
    if unknown:
        raise ManifestError(f"no destination {min(unknown)} in this route", where=located.source.where(0))
    source = located.source
    text = source.text
    for start, end, digits in sorted(_changes(source, located.route, new), reverse=True):
        text = text[:start] + digits + text[end:]
    _verify(located, new, YamlSource(source.name, text, source.bom))
    return source.encode(text)


def _changes(source: YamlSource, route: FoundRoute, new: Mapping[str, int]) -> Iterator[Change]:
    for destination in route.destinations:
        weight = new.get(destination.dest, destination.weight)
        if weight < 0:
            raise ManifestError(f"{destination.dest} cannot have a negative weight")
        if weight == destination.weight:
            continue
        if destination.span:
            yield (*destination.span, str(weight))
        else:
            yield _insertion(source, destination, weight)


def _insertion(source: YamlSource, destination: Destination, weight: int) -> Change:
    """`weight: N` after the destination's first key: in its line's style, or inline in flow style."""
    node, text = destination.node, source.text
    key, value = node.value[0]
    if node.flow_style:
        end = value.end_mark.index
        quote = text[key.start_mark.index] if key.style else ""
        return end, end, f", {quote}weight{quote}: {weight}"
    # Block style: a line of its own before the first key keeps clear of whatever ends that key's value.
    column = source.where(key).column - 1
    newline = "\r\n" if "\r\n" in text else "\n"
    start = key.start_mark.index
    return start, start, f"weight: {weight}{newline}{' ' * column}"


def _verify(located: LocatedRoute, new: Mapping[str, int], edited: YamlSource) -> None:
    """Parse again and compare: the same nodes everywhere, the new weights where they belong."""
    result = read_manifest(edited)
    before, after = located.manifest.routes, result.routes
    here = [index for index, route in enumerate(before) if _same(route, located.route)]
    wrong = ManifestError(
        "the edit would change more than the weights",
        where=located.source.where(0),
        hint="please report this file",
    )
    if len(here) != 1 or len(before) != len(after):
        raise wrong
    for index, (old, now) in enumerate(zip(before, after, strict=True)):
        wanted = {
            d.dest: new.get(d.dest, d.weight) if index == here[0] else d.weight for d in old.destinations
        }
        if {d.dest: d.weight for d in now.destinations} != wanted or old.label != now.label:
            raise wrong
    if _without_weights(located.manifest.roots) != _without_weights(result.roots):
        raise wrong


def _same(route: FoundRoute, other: FoundRoute) -> bool:
    return (route.document, route.index, route.label) == (other.document, other.index, other.label)


def _without_weights(node: object) -> object:
    """A node, or a file's documents, as nested tuples without any destination's weight."""
    if isinstance(node, MappingNode):
        return tuple(
            (_without_weights(key), _without_weights(value))
            for key, value in node.value
            if not (isinstance(key, ScalarNode) and key.value == "weight")
        )
    if isinstance(node, ScalarNode):
        return (node.tag, node.value)
    items = node.value if isinstance(node, SequenceNode) else node
    return tuple(_without_weights(item) for item in items) if isinstance(items, (list, tuple)) else None
