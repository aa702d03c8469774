"""One rollout's weighted route with everything around it that the rules look at."""

from __future__ import annotations

from dataclasses import dataclass

from promoter.errors import Problem, Severity, Where
from promoter.manifest.entries import Entry, Served, served
from promoter.manifest.locate import LocatedRoute
from promoter.manifest.mesh import HostRule, Mesh, StickyFilter
from promoter.report.numbers import one_line
from promoter.yaml_source import Node, YamlSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`stable` and `candidates` are destinations. `filters` and `rules` are those that reach this route."""

    source: YamlSource
    located: LocatedRoute
    served: Served
    entry: Entry
    stable: str
    candidates: tuple[str, ...]
    filters: tuple[StickyFilter, ...]
    rules: tuple[HostRule, ...]

    @property
    def sticky(self) -> bool:
        """Whether a device keeps its version while the weights stay."""
        return bool(self.filters)

    def error(self, message: str, place: Node, hint: str | None = None) -> Problem:
        """A finding that is certain harm."""
        return finding(message, self.source.where(place), hint)

    def warning(self, message: str, place: Node, hint: str | None = None) -> Problem:
        """A finding that may be meant."""
        return finding(message, self.source.where(place), hint, Severity.WARNING)


def finding(
    message: str, where: Where, hint: str | None = None, severity: Severity = Severity.ERROR
) -> Problem:
    """A problem whose words come in part out of files: they are made safe to print."""
    return Problem(one_line(message), where, one_line(hint) if hint else None, severity)


def surroundings(
    located: LocatedRoute, mesh: Mesh, *, stable: str, candidates: tuple[str, ...]
) -> Surroundings:
    """The route with its resource and the part of the mesh that reaches it."""
    around = served(located.source, located.route)
    entry = next(one for one in around.entries if one.label == located.route.label)
    hosts = {host_of(target.dest) for target in entry.targets}
    reach = around.kind == "VirtualService" and entry.label.startswith("http")
    return Surroundings(
        source=located.source,
        located=located,
        served=around,
        entry=entry,
        stable=stable,
        candidates=candidates,
        filters=tuple(one for one in mesh.filters if reach and one.patches(around.hosts, entry.title)),
        rules=tuple(rule for rule in mesh.rules if any(rule.rules(host, around.namespace) for host in hosts)),
    )


def host_of(dest: str) -> str:
    """The host of a destination, without its port and subset."""
    return dest.partition("/")[0].partition(":")[0]


def subset_of(dest: str) -> str:
    """The subset of a destination, empty where it names none."""
    return dest.partition("/")[2]
