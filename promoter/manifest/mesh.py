"""What else of a mesh shapes a split: DestinationRules, and EnvoyFilters that make it sticky."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from promoter.errors import ManifestError, Where
from promoter.manifest.entries import find, items
from promoter.manifest.nodes import Reader, text_of
from promoter.manifest.resources import Resource, resources
from promoter.manifest.templates import open_manifest
from promoter.yaml_source import Node, YamlSource

_CLUSTER_DOMAIN = ".svc.cluster.local"


@dataclass(frozen=True, slots=True, kw_only=True)
class StickyFilter:
    """One patch that draws the split from a key. `hashed` are the headers it hashes, `salts` their rewrites.

    `header` is the one that holds a ready bucket. `vhost` and `route` say which route is patched; None is any.
    """

    vhost: str | None
    route: str | None
    hashes: bool
    hashed: tuple[str, ...]
    salts: tuple[str, ...]
    header: str | None
    where: Where

    @property
    def key(self) -> tuple[object, ...]:
        """What decides which device gets which place in the split."""
        return self.hashes, self.hashed, self.salts, self.header

    def patches(self, hosts: Iterable[str], route: str | None) -> bool:
        """Whether it reaches a route of this name, served for these hosts."""
        host = (self.vhost or "").rpartition(":")[0] or self.vhost
        return (host is None or host in set(hosts)) and self.route in (None, route)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule:
    """One DestinationRule: the subsets of a host, and where it asks for a consistent hash."""

    host: str
    namespace: str | None
    subsets: frozenset[str]
    hashes: tuple[Where, ...]
    where: Where

    def rules(self, host: str, namespace: str | None) -> bool:
        """Whether it is about this host, as a route in that namespace writes it."""
        mine, theirs = _full(self.host, self.namespace), _full(host, namespace)
        if "." in mine and "." in theirs:
            return mine == theirs
        return mine.partition(".")[0] == theirs.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Mesh:
    """All of them, from the files around a route."""

    filters: tuple[StickyFilter, ...] = ()
    rules: tuple[HostRule, ...] = ()


def read_mesh(sources: Iterable[YamlSource]) -> Mesh:
    """What these files hold; a file that cannot be read (a template, say) holds nothing."""
    filters: list[StickyFilter] = []
    rules: list[HostRule] = []
    for source in sources:
        if "EnvoyFilter" not in source.text and "DestinationRule" not in source.text:
            continue
        try:
            reader = open_manifest(source)
        except ManifestError:
            continue
        for resource in resources(reader):
            if resource.kind == "EnvoyFilter":
                filters += _filters(reader, resource)
            elif resource.kind == "DestinationRule":
                rules += _rules(reader, resource)
    return Mesh(tuple(filters), tuple(rules))


def _full(host: str, namespace: str | None) -> str:
    """A host as `name.namespace`, or only its name where the namespace is not known."""
    short = host.removesuffix(_CLUSTER_DOMAIN).removesuffix(".svc")
    return short if "." in short or not namespace else f"{short}.{namespace}"


def _filters(reader: Reader, resource: Resource) -> Iterator[StickyFilter]:
    for patch in items(find(resource.node, "spec", "configPatches")):
        value = find(patch, "patch", "value", "route")
        split = _either(value, "weighted_clusters", "weightedClusters")
        hashes = text_of(_either(split, "use_hash_policy", "useHashPolicy")) == "true"
        header = text_of(_either(split, "header_name", "headerName"))
        if text_of(find(patch, "applyTo")) != "HTTP_ROUTE" or not (hashes or header):
            continue
        policies = [find(one, "header") for one in items(_either(value, "hash_policy", "hashPolicy"))]
        names = [text_of(_either(one, "header_name", "headerName")) for one in policies]
        rewrites = [_either(one, "regex_rewrite", "regexRewrite") for one in policies]
        vhost = find(patch, "match", "routeConfiguration", "vhost")
        yield StickyFilter(
            vhost=text_of(find(vhost, "name")),
            route=text_of(find(vhost, "route", "name")),
            hashes=hashes,
            hashed=tuple(name.lower() for name in names if name),
            salts=tuple(text_of(find(one, "substitution")) or "" for one in rewrites),
            header=header,
            where=reader.source.where(split or patch),
        )


def _either(node: Node | None, *names: str) -> Node | None:
    """A field by any of its spellings: protobuf's JSON takes snake_case and camelCase."""
    return next((found for name in names if (found := find(node, name)) is not None), None)


def _rules(reader: Reader, resource: Resource) -> Iterator[HostRule]:
    spec = find(resource.node, "spec")
    subsets = items(find(spec, "subsets"))
    policies = [find(place, "trafficPolicy") for place in (spec, *subsets)]
    ports = [port for policy in policies for port in items(find(policy, "portLevelSettings"))]
    hashes = [find(place, "loadBalancer", "consistentHash") for place in (*policies, *ports)]
    yield HostRule(
        host=text_of(find(spec, "host")) or "",
        namespace=resource.namespace,
        subsets=frozenset(name for subset in subsets if (name := text_of(find(subset, "name")))),
        hashes=tuple(reader.source.where(node) for node in hashes if node is not None),
        where=reader.source.where(resource.node),
    )
