"""New weights into a manifest: the digits of weight scalars change, and no other byte."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from promoter.core.weights import Split, WeightError
from promoter.errors import ManifestError
from promoter.manifest.destinations import MAX_WEIGHT, Destination
from promoter.manifest.locate import LocatedRoute
from promoter.manifest.nodes import children
from promoter.manifest.routes import FoundRoute, Manifest, read_manifest
from promoter.yaml_source import MappingNode, Node, ScalarNode, YamlSource

Change = tuple[int, int, str]  # start, end, new text

_BREAK = re.compile(r"\r\n|\n|\r")
_REST_OF_LINE = re.compile(r"(?:[ \t]+#[^\r\n\x85\u2028\u2029]*|[ \t]*)(?=\r\n|\n|\r|\Z)")


def edit_weights(located: LocatedRoute, new: Mapping[str, int]) -> bytes:
    """The file with these weights in the located route; destinations not named keep theirs.

    A weight that was implied and must become another one is inserted after its destination's other
    keys, in their style. The result is parsed again: raises ManifestError unless it differs from the
    file in exactly these weights.
    """
    source, text = located.source, located.source.text
    wanted = _wanted(located, new)
    for start, end, digits in sorted(_changes(located, wanted), reverse=True):
        text = text[:start] + digits + text[end:]
    if text != source.text:
        _verify(located, wanted, YamlSource(source.name, text, source.bom))
    return source.encode(text)


def _wanted(located: LocatedRoute, new: Mapping[str, int]) -> Mapping[str, int]:
    """Every destination's weight afterwards. Raises ManifestError for what no route can carry."""
    where = located.source.where(located.route.destinations[0].node)
    known = dict(located.split.weights)
    for dest, weight in new.items():
        if dest not in known:
            raise ManifestError(f"no destination {dest} in this route", where=where)
        if weight < 0:
            raise ManifestError(f"{dest} cannot have a negative weight", where=where)
        if weight > MAX_WEIGHT:
            raise ManifestError(f"the weight of {dest} is too large", where=where)
    try:
        return dict(Split.of({**known, **new}).weights)
    except WeightError as error:
        raise ManifestError(str(error), where=where) from error


def _changes(located: LocatedRoute, wanted: Mapping[str, int]) -> Iterator[Change]:
    for destination in located.route.destinations:
        weight = wanted[destination.dest]
        if weight == destination.weight:
            continue
        if destination.span:
            yield (*destination.span, str(weight))
        else:
            yield _insertion(located.source, located.manifest, destination, weight)


def _insertion(source: YamlSource, manifest: Manifest, destination: Destination, weight: int) -> Change:
    """`weight: N` as the destination's last key: a line of its own, or inline in flow style."""
    node, text = destination.node, source.text
    if node.flow_style:
        own = [pair for pair in node.value if id(pair[1]) not in manifest.shared] or node.value
        key, value = own[-1]
        end, quote = value.end_mark.index, key.style or ""
        return end, end, f", {quote}weight{quote}: {weight}"
    first = node.value[0][0]
    indent = " " * first.start_mark.column
    end = _end(node, manifest)
    rest = _REST_OF_LINE.match(text, end) if end is not None else None
    if rest:
        return rest.end(), rest.end(), f"{_break(text, rest.end())}{indent}weight: {weight}"
    # A block scalar, an alias or nothing ends the last key: before the first key there is always room.
    start = first.start_mark.index
    return start, start, f"weight: {weight}{_break(text, start)}{indent}"


def _break(text: str, place: int) -> str:
    """The line end of this place's line; in the last one, the file's first."""
    found = _BREAK.search(text, place) or _BREAK.search(text)
    return found[0] if found else "\n"


def _end(node: Node, manifest: Manifest) -> int | None:
    """Where the last character of a block collection stands; its own mark lies behind the comments."""
    while id(node) not in manifest.shared:
        if isinstance(node, ScalarNode):
            open_end = node.style in ("|", ">") or node.start_mark.index == node.end_mark.index
            return None if open_end else int(node.end_mark.index)
        if getattr(node, "flow_style", False):
            return int(node.end_mark.index)
        below = list(children(node))
        if not below:
            return None
        node = below[-1]
    return None


def _verify(located: LocatedRoute, wanted: Mapping[str, int], edited: YamlSource) -> None:
    """Parse again and compare: the same nodes everywhere, the new weights where they belong."""
    wrong = ManifestError(
        "the edit would change more than the weights",
        where=located.source.where(located.route.destinations[0].node),
        hint="write the weights out in the file's style first",
    )
    try:
        result = read_manifest(edited)
    except ManifestError as error:
        raise wrong from error
    before, after = located.manifest.routes, result.routes
    if len(before) != len(after):
        raise wrong
    for old, now in zip(before, after, strict=True):
        weights = wanted if old is located.route else _weights(old)
        if _weights(now) != weights or _told(old) != _told(now):
            raise wrong
    entries = frozenset(id(destination.node) for destination in located.route.destinations)
    if not _same(located.manifest, result, entries):
        raise wrong


def _weights(route: FoundRoute) -> Mapping[str, int]:
    return {destination.dest: destination.weight for destination in route.destinations}


def _told(route: FoundRoute) -> tuple[int, str, str | None, bool]:
    return route.document, route.label, route.title, route.refused is None


def _same(old: Manifest, new: Manifest, entries: frozenset[int]) -> bool:
    """Whether two files have the same nodes but for the weights of these destinations."""
    if [root is None for root in old.roots] != [root is None for root in new.roots]:
        return False
    stack = [(one, other) for one, other in zip(old.roots, new.roots, strict=True) if one and other]
    seen: set[tuple[int, int]] = set()  # aliases make a graph, and may make a cycle
    while stack:
        one, other = stack.pop()
        if (id(one), id(other)) in seen:
            continue
        seen.add((id(one), id(other)))
        below = [_but_weight(node) if id(one) in entries else list(children(node)) for node in (one, other)]
        if _own(one) != _own(other) or len(below[0]) != len(below[1]):
            return False
        stack += zip(*below, strict=True)
    return True


def _own(node: Node) -> tuple[type[Node], object, object]:
    return type(node), node.tag, node.value if isinstance(node, ScalarNode) else None


def _but_weight(node: Node) -> list[Node]:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return [part for pair in pairs if pair[0].value != "weight" for part in pair]
