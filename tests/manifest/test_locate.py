"""locate: the one route a policy means, or why there is none that may be edited."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.route import RouteRef
from promoter.errors import ManifestError, Where
from promoter.manifest.locate import destinations_like, locate_route, match_destination
from tests.manifest.test_edit import GRAY, PLAIN, REF, STABLE

HTTP_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: yolo
  namespace: vision
spec:
  rules:
    - backendRefs:
        - name: yolo-stable
          port: 8080
          weight: 90
        - name: yolo-gray
          port: 8080
          weight: 10
"""


def refusal(text: str, ref: RouteRef = REF) -> str:
    with pytest.raises(ManifestError) as caught:
        locate_route("vs.yaml", text.encode(), ref)
    return str(caught.value)


@pytest.mark.parametrize("version", ["v1alpha3", "v1beta1", "v1"])
def test_every_known_version_of_a_virtual_service_is_read(version: str) -> None:
    route = locate_route("vs.yaml", PLAIN.replace("istio.io/v1\n", f"istio.io/{version}\n").encode(), REF)
    assert dict(route.split.weights) == {STABLE: 95, GRAY: 5}


@pytest.mark.parametrize("part", ["tcp", "tls"])
def test_tcp_and_tls_routes_are_read(part: str) -> None:
    text = PLAIN.replace("  http:", f"  {part}:").replace("    - name: detect\n      route:", "    - route:")
    assert locate_route("vs.yaml", text.encode(), REF).route.label == f"{part}[0]"


def test_an_http_route_is_read_with_its_ports() -> None:
    ref = RouteRef(file="r.yaml", kind="HTTPRoute", name="yolo", namespace="vision")
    route = locate_route("r.yaml", HTTP_ROUTE.encode(), ref)
    assert dict(route.split.weights) == {"yolo-stable:8080": 90, "yolo-gray:8080": 10}
    assert route.resolve("yolo-gray") == "yolo-gray:8080"


def test_an_absent_weight_means_1_for_a_backend_and_0_for_a_destination() -> None:
    ref = RouteRef(file="r.yaml", kind="HTTPRoute", name="yolo")
    backends = locate_route("r.yaml", HTTP_ROUTE.replace("          weight: 10\n", "").encode(), ref)
    assert backends.split["yolo-gray:8080"] == 1
    assert locate_route("vs.yaml", PLAIN.replace("          weight: 5\n", "").encode(), REF).split[GRAY] == 0


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("weight: 5\n", 'weight: "5"\n', "no plain whole number"),
        ("weight: 5\n", "weight: 5.0\n", "no plain whole number"),
        ("weight: 5\n", "weight: 05\n", "no plain whole number"),
        ("weight: 5\n", "weight: 0x5\n", "no plain whole number"),
        ("weight: 5\n", "weight: 0o5\n", "no plain whole number"),
        ("weight: 5\n", "weight: 5_0\n", "no plain whole number"),
        ("weight: 5\n", "weight: -5\n", "no plain whole number"),
        ("weight: 5\n", "weight: !!int 5\n", "no plain whole number"),
        ("weight: 5\n", "weight: &w 5\n", "no plain whole number"),
        ("weight: 5\n", "weight:\n", "no plain whole number"),
        ("weight: 5\n", "weight: ${GRAY}\n", "no plain whole number"),
        ("weight: 5\n", "weight: 99999999999\n", "too large"),
        ("weight: 5\n", f"weight: {'9' * 5000}\n", "too large"),
        ("weight: 5\n", "weight: 5\n          weight: 6\n", "'weight' twice"),
        ("subset: v9-gray", "subset: v8-stable", "cannot be told apart"),
        ("subset: v9-gray", "subset: ${GRAY}", "template"),
        ("host: yolo-service\n            subset: v9-gray", "subset: v9-gray", "names no host"),
        ("      route:", "      <<: {a: 1}\n      route:", "merge key"),
        ("weight: 95", "weight: &w 95", "no plain whole number"),
        ("name: yolo\n", "name: {{ .Values.name }}\n", "template"),
        ("istio.io/v1\n", "istio.io/v2\n", "no known version"),
        ("  http:", "  http: [", "not valid YAML"),
    ],
)
def test_what_must_not_be_edited_is_refused_with_its_place(old: str, new: str, why: str) -> None:
    told = refusal(PLAIN.replace(old, new, 1) if "95" in old else new.join(PLAIN.rsplit(old, 1)))
    assert why in told
    assert told.startswith("vs.yaml:")


def test_an_alias_on_the_path_is_refused() -> None:
    shared = PLAIN.replace("      route:", "      route: &r").replace(
        "spec:\n", "spec:\n  tcp:\n    - route: *r\n", 1
    )
    assert "alias" in refusal(shared) or "undefined alias" in refusal(shared)
    after = PLAIN.replace("      route:", "      route: &r") + "    - name: again\n      route: *r\n"
    assert "shared by a YAML alias" in refusal(after, replace(REF, http="detect"))


def test_several_matching_routes_are_refused_until_one_is_named() -> None:
    two = PLAIN + PLAIN.split("  http:\n")[1].replace("detect", "train")
    assert "2 routes match" in refusal(two)
    for which in ("train", "http[1]", 1):
        assert locate_route("vs.yaml", two.encode(), replace(REF, http=which)).route.label == "http[1]"


def test_the_same_resource_twice_is_ambiguous() -> None:
    assert "stands here twice" in refusal(PLAIN + "---\n" + PLAIN)


def test_a_namespace_tells_two_resources_apart() -> None:
    one, two = (PLAIN.replace("name: yolo\n", f"name: yolo\n  namespace: {space}\n") for space in ("a", "b"))
    text = one + "---\n" + two
    assert "2 routes match" in refusal(text)
    assert locate_route("vs.yaml", text.encode(), replace(REF, namespace="b")).route.document == 1


def test_an_unknown_route_names_what_is_here() -> None:
    assert "here: VirtualService yolo http[0]" in refusal(PLAIN, replace(REF, name="other"))


def test_a_route_without_any_weight_has_no_shares() -> None:
    assert "sum to 0" in refusal(PLAIN.replace("weight: 95", "weight: 0").replace("weight: 5", "weight: 0"))


NAMES = ["a:80/v1", "a:80/v2", "b/v3", "c"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("v1", "a:80/v1"), ("a:80/v2", "a:80/v2"), ("b", "b/v3"), ("c", "c"), ("v3", "b/v3")],
)
def test_a_version_is_a_subset_where_unique_else_a_host_else_the_whole_name(wanted: str, found: str) -> None:
    assert match_destination(wanted, NAMES, Where("f")) == found


def test_an_ambiguous_or_unknown_version_says_what_is_there() -> None:
    with pytest.raises(ManifestError, match="more than one destination; say which: a:80/v1, a:80/v2"):
        match_destination("a", NAMES, Where("f"))
    with pytest.raises(ManifestError, match="did you mean v3"):
        match_destination("v33", NAMES, Where("f"))
    with pytest.raises(ManifestError, match="no destination of an empty name"):
        match_destination("", NAMES, Where("f"))


def test_a_backend_is_found_without_its_kind_and_port() -> None:
    names = ["InferencePool:pool:80", "Backend:fqdn", "yolo:8080"]
    found = [match_destination(wanted, names, Where("f")) for wanted in ("pool", "fqdn", "yolo")]
    assert found == names
    with pytest.raises(ManifestError, match="no destination InferencePool "):
        match_destination("InferencePool", names, Where("f"))


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300).map(lambda b: b.decode("latin-1"))))
def test_any_text_is_read_or_refused_and_never_crashes(text: str) -> None:
    for wrapped in (text, PLAIN + text, PLAIN.replace("detect", text), PLAIN.replace("5\n", text + "\n")):
        with suppress(ManifestError):
            locate_route("vs.yaml", wrapped.encode("utf-8", "surrogatepass"), REF)


def test_a_file_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ManifestError, match="not UTF-8"):
        locate_route("vs.yaml", PLAIN.encode("utf-16"), REF)


def test_every_destination_that_a_version_could_mean_is_found() -> None:
    names = ["a/v9", "b/v9", "v9", "v9:80", "a:80/v8", "Kind:v9:80"]
    assert destinations_like("v9", names) == ("a/v9", "b/v9", "v9", "v9:80", "Kind:v9:80")
    assert destinations_like("a/v9", names) == ("a/v9",)
    assert destinations_like("", names) == ()
