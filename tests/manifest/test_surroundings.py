"""surroundings: the part of the mesh that reaches one route."""

from __future__ import annotations

from promoter.errors import Severity
from tests.manifest.splits import RULE, STICKY, a_split, around


def test_a_route_is_sticky_where_a_filter_reaches_it() -> None:
    assert around(a_split(), STICKY).sticky
    assert not around(a_split()).sticky
    assert not around(a_split(), STICKY.replace("route: {name: split}", "route: {name: other}")).sticky


def test_only_rules_of_its_hosts_are_there() -> None:
    assert len(around(a_split(), RULE, RULE.replace("host: yolo", "host: other")).rules) == 1


def test_findings_know_their_place_and_weight() -> None:
    found = around(a_split())
    error, warning = found.error("bad", found.entry.node), found.warning("odd", found.entry.node, "look")
    assert str(error) == "vs.yaml:8:5: bad"
    assert str(warning) == "vs.yaml:8:5: warning: odd; look"
    assert (error.severity, warning.severity) == (Severity.ERROR, Severity.WARNING)
