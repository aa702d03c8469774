"""Find the one route a policy means, and read other versions of its file at a glance."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from promoter.core.route import RouteRef
from promoter.core.weights import Split, WeightError
from promoter.errors import ManifestError, Where
from promoter.manifest.destinations import NUMBER, weight_in
from promoter.manifest.routes import FoundRoute, Manifest, read_manifest, several
from promoter.report.numbers import one_line
from promoter.yaml_source import BOM, MAX_BYTES, YamlSource

_BARE = re.compile(r"(?:[^:]+:(?=[^:]*[^:0-9]))?(.*?)(?::[0-9]+)?")  # [kind:] host [:port]


@dataclass(frozen=True, slots=True)
class LocatedRoute:
    """One route of one file that may be edited. `data` are the file's bytes."""

    source: YamlSource
    data: bytes
    route: FoundRoute
    split: Split
    manifest: Manifest

    @classmethod
    def of(cls, source: YamlSource, data: bytes, manifest: Manifest, route: FoundRoute) -> LocatedRoute:
        """One of the manifest's routes, ready to edit. Raises the ManifestError it is refused with."""
        if route.refused is not None:
            raise route.refused
        return cls(source, data, route, Split.of({d.dest: d.weight for d in route.destinations}), manifest)

    def resolve(self, version: str) -> str:
        """The destination a policy's version means: the whole name, else a subset where unique, else a host.

        Raises ManifestError for an unknown or ambiguous version.
        """
        where = self.source.where(self.route.destinations[0].node)
        return match_destination(version, [d.dest for d in self.route.destinations], where)

    def read_like(self, data: bytes) -> Split | None:
        """The split of another version of the file that differs only in this route's weights, else None.

        Exact without parsing: the same text around the same scalars has the same structure.
        """
        if len(data) > MAX_BYTES:
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return None
        found = self._weights_in(text.removeprefix(BOM))
        if found is None:
            return None
        weights = {d.dest: next(found) if d.span else d.weight for d in self.route.destinations}
        try:
            return Split.of(weights)
        except WeightError:
            return None

    def _weights_in(self, text: str) -> Iterator[int] | None:
        """The numbers where this route's weights stand, if all the text around them is the same."""
        numbers: list[int] = []
        place = mine = 0
        for start, end in (d.span for d in self.route.destinations if d.span):
            around = self.source.text[mine:start]
            number = NUMBER.match(text, place + len(around))
            weight = weight_in(number[0]) if number else None
            if not text.startswith(around, place) or number is None or weight is None:
                return None
            numbers.append(weight)
            place, mine = number.end(), end
        return iter(numbers) if text[place:] == self.source.text[mine:] else None


def locate_route(name: str, data: bytes, ref: RouteRef) -> LocatedRoute:
    """The route that `ref` names in the file `name`. Raises ManifestError where none or several match."""
    source = YamlSource.decode(name, data)
    manifest = read_manifest(source)
    return LocatedRoute.of(source, data, manifest, _the_one(source, ref, manifest.routes))


def _the_one(source: YamlSource, ref: RouteRef, found: tuple[FoundRoute, ...]) -> FoundRoute:
    resource = [
        route
        for route in found
        if (route.kind, route.name) == (ref.kind, ref.name) and ref.namespace in (None, route.namespace)
    ]
    matching = [route for route in resource if _selected(route, ref.http)]
    if matching and (len(matching) == 1 or all(route.refused for route in matching)):
        return matching[0]
    wanted = f"{ref.kind} {ref.name}" + (f" {ref.http}" if ref.http is not None else "")
    here = several(matching or resource or found)
    if not matching:
        raise ManifestError(f"no weighted route {wanted}", where=Where(source.name), hint=f"here: {here}")
    hint = f"say which with `http:` or `namespace:`: {here}"
    raise ManifestError(f"{len(matching)} routes match {wanted}", where=Where(source.name), hint=hint)


def _selected(route: FoundRoute, wanted: str | int | None) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return route.label in (f"http[{wanted}]", f"rules[{wanted}]")
    return wanted in (route.title, route.label)


def match_destination(wanted: str, names: Iterable[str], where: Where) -> str:
    """The destination that `wanted` means: the whole name, a subset where unique, or a host.

    A host is found with its port (`yolo:8080`) and without (`yolo`). Raises ManifestError, naming the nearest
    spelling or what is there.
    """
    known = list(names)
    if wanted in known:
        return wanted
    for part in (_subset, _host, _bare_host) if wanted else ():
        matching = [name for name in known if part(name) == wanted]
        if len(matching) == 1:
            return matching[0]
        if matching:
            hint = f"say which: {one_line(', '.join(matching))}"
            raise ManifestError(f"{wanted} is more than one destination", where=where, hint=hint)
    short = [part for name in known for part in (name, _subset(name), _bare_host(name)) if part]
    close = difflib.get_close_matches(wanted, short, 1)
    hint = f"did you mean {one_line(close[0])}?" if close else f"here: {one_line(', '.join(known))}"
    missing = wanted or "of an empty name"
    raise ManifestError(f"no destination {missing} in this route", where=where, hint=hint)


def destinations_like(wanted: str, names: Iterable[str]) -> tuple[str, ...]:
    """Every destination that `wanted` could mean, by its whole name, its subset or its host."""
    parts = (str, _subset, _host, _bare_host)
    return tuple(name for name in names if wanted and any(part(name) == wanted for part in parts))


def _subset(name: str) -> str:
    return name.partition("/")[2]


def _host(name: str) -> str:
    return name.partition("/")[0]


def _bare_host(name: str) -> str:
    """The host or backend without its port and kind: `pool` for `InferencePool:pool:80`."""
    bare = _BARE.fullmatch(_host(name))
    return bare[1] if bare else _host(name)
