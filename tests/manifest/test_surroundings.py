"""surroundings: the part of the mesh that reaches one route."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from promoter.errors import Severity
from promoter.manifest.bypass import bypass_problems
from promoter.manifest.sticky import sticky_problems, stray_filters
from tests.manifest.splits import RULE, STICKY, a_mesh, a_split, around


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


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 100)
    | st.sampled_from(["yolo", "v9", "x-device-id", "\x1b[31m"])
)
_KEYS = st.sampled_from(
    ["match", "route", "retries", "retryOn", "mirror", "mirrors", "headers", "withoutHeaders", "destination", "host",
     "subset", "weight", "response", "set", "x-model-version", "filters", "configPatches", "vhost", "hash_policy"]
)  # fmt: skip
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(_KEYS, _ANYTHING, max_size=5), _ANYTHING)
def test_whatever_stands_around_a_split_is_read_without_a_crash_and_told_safely(
    entry: dict[str, object], mesh: object
) -> None:
    others = (
        STICKY + f"extra: {json.dumps(mesh)}\n",
        f'{{"kind": "EnvoyFilter", "spec": {json.dumps(mesh)}}}',
        f'{{"kind": "DestinationRule", "spec": {json.dumps(mesh)}}}',
    )
    found = around(a_split(first=(f"- {json.dumps(entry)}",)), *others)
    for problem in (
        *bypass_problems(found),
        *sticky_problems(found),
        *stray_filters(a_mesh(*others), (found,)),
    ):
        assert problem.where is not None
        assert "\x1b" not in str(problem)
