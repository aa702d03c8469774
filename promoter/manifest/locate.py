"""Find the one route a policy means, and read other versions of its file at a glance."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from promoter.core.route import RouteRef
from promoter.core.weights import Split, WeightError
from promoter.errors import ManifestError, Where
from promoter.manifest.routes import FoundRoute, Manifest, read_manifest
from promoter.yaml_source import YamlSource

_NUMBER = re.compile(r"0|[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class LocatedRoute:
    """One route of one file that may be edited. `data` are the file's bytes."""

    source: YamlSource
    data: bytes
    route: FoundRoute
    split: Split
    manifest: Manifest

    def resolve(self, version: str) -> str:
        """The destination a policy's version means: a subset where unique, else a host, else the whole name.

        Raises ManifestError for an unknown or ambiguous version.
        """
        return match_destination(version, [d.dest for d in self.route.destinations], self._where)

    def read_like(self, data: bytes) -> Split | None:
        """The split of another version of the file that differs only in this route's weights, else None.

        Exact without parsing: the same text around the same scalars has the same structure.
        """
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return None
        found = self._weights_in(text.removeprefix("\ufeff"))
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
            number = _NUMBER.match(text, place + len(around))
            if not text.startswith(around, place) or number is None:
                return None
            numbers.append(int(number[0]))
            place, mine = number.end(), end
        return iter(numbers) if text[place:] == self.source.text[mine:] else None

    @property
    def _where(self) -> Where:
        return self.source.where(self.route.destinations[0].node)


def locate_route(name: str, data: bytes, ref: RouteRef) -> LocatedRoute:
    """The route that `ref` names in the file `name`. Raises ManifestError where none or several match."""
    source = YamlSource.decode(name, data)
    manifest = read_manifest(source)
    route = _the_one(source, ref, manifest.routes)
    if route.refused is not None:
        raise route.refused
    try:
        split = Split.of({d.dest: d.weight for d in route.destinations})
    except WeightError as error:
        raise ManifestError(str(error), where=source.where(route.destinations[0].node)) from error
    return LocatedRoute(source, data, route, split, manifest)


def _the_one(source: YamlSource, ref: RouteRef, found: tuple[FoundRoute, ...]) -> FoundRoute:
    resource = [
        route
        for route in found
        if route.kind == ref.kind
        and route.name == ref.name
        and (ref.namespace is None or route.namespace == ref.namespace)
    ]
    matching = [route for route in resource if _selected(route, ref.http)]
    if len(matching) == 1:
        return matching[0]
    here = ", ".join(f"{r.kind} {r.name} {r.label}" for r in (resource or found)) or "none"
    wanted = f"{ref.kind} {ref.name}" + (f" {ref.http}" if ref.http is not None else "")
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
    """The destination that `wanted` means: `host[:port][/subset]`, a subset where unique, or a host."""
    known = list(names)
    if wanted in known:
        return wanted
    for part in (_subset, _host, _bare_host):
        matching = [name for name in known if part(name) == wanted]
        if len(matching) == 1:
            return matching[0]
        if matching:
            hint = f"say which: {', '.join(matching)}"
            raise ManifestError(f"{wanted} is more than one destination", where=where, hint=hint)
    short = [part for name in known for part in (name, _subset(name)) if part]
    close = difflib.get_close_matches(wanted, short, 1)
    hint = f"did you mean {close[0]}?" if close else f"here: {', '.join(known)}"
    raise ManifestError(f"no destination {wanted} in this route", where=where, hint=hint)


def _subset(name: str) -> str:
    return name.partition("/")[2]


def _host(name: str) -> str:
    return name.partition("/")[0]


def _bare_host(name: str) -> str:
    return _host(name).partition(":")[0]
