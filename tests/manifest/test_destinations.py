"""destinations: names that tell them apart, and weights in plain digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.manifest.destinations import MAX_WEIGHT, weight_in
from promoter.manifest.routes import find_routes
from promoter.yaml_source import YamlSource


def names(kind: str, *entries: str, namespace: str = "vision") -> tuple[str, ...]:
    group, below = {
        "VirtualService": ("networking.istio.io/v1", "http: [{route: [%s]}]"),
        "HTTPRoute": ("gateway.networking.k8s.io/v1", "rules: [{backendRefs: [%s]}]"),
    }[kind]
    text = (
        f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: yolo, namespace: {namespace}}}\n"
        f"spec: {{{below % ', '.join(entries)}}}\n"
    )
    (route,) = find_routes(YamlSource("f.yaml", text))
    return (str(route.refused),) if route.refused else tuple(d.dest for d in route.destinations)


def test_a_virtual_services_destination_is_host_port_and_subset() -> None:
    assert names(
        "VirtualService",
        "{destination: {host: a}, weight: 1}",
        "{destination: {host: a, port: {number: 80}}}",
        "{destination: {host: a, subset: v1, port: }}",
        "{destination: {host: a, subset: v1, port: {number: 80}}}",
    ) == ("a", "a:80", "a/v1", "a:80/v1")


def test_a_backend_is_named_by_what_differs_from_a_service_of_the_routes_namespace() -> None:
    assert names(
        "HTTPRoute",
        "{name: a}",
        "{name: a, port: 80}",
        "{name: a, kind: Service, namespace: other}",
        "{name: a, kind: InferencePool, port: 80}",
        "{name: a, kind: InferencePool, namespace: other}",
    ) == ("a", "a:80", "other.a", "InferencePool:a:80", "InferencePool:other.a")


def test_the_same_backend_in_two_spellings_cannot_be_told_apart() -> None:
    (why,) = names("HTTPRoute", "{name: a}", "{name: a, namespace: vision}")
    assert "cannot be told apart" in why


@pytest.mark.parametrize("entry", ["{destination: {host: ''}}", "{destination: {}}", "{weight: 1}"])
def test_a_destination_without_a_host_is_refused(entry: str) -> None:
    (why,) = names("VirtualService", entry, "{destination: {host: b}}")
    assert "names no host" in why


@pytest.mark.parametrize("notation", ["{a: 1}", "[1]", "''", "+1", "1e2", "0b1", "1_0", "true"])
def test_no_other_notation_is_a_weight(notation: str) -> None:
    (why,) = names("VirtualService", f"{{destination: {{host: a}}, weight: {notation}}}")
    assert "no plain whole number" in why


def test_an_aliased_weight_is_refused() -> None:
    entries = ("{destination: {host: a}, weight: &w 5}", "{destination: {host: b}, weight: *w}")
    assert "shared by a YAML alias" in names("VirtualService", *entries)[0]


def test_a_weight_fits_an_int32() -> None:
    assert weight_in(str(MAX_WEIGHT)) == MAX_WEIGHT
    assert weight_in(str(MAX_WEIGHT + 1)) is None
    assert weight_in("9" * 5000) is None


@given(st.integers(0, MAX_WEIGHT))
def test_every_weight_is_read_as_it_is_written(weight: int) -> None:
    assert weight_in(str(weight)) == weight
    assert weight_in(f"0{weight}") is None
