"""entries: a resource's routes as traffic meets them."""

from __future__ import annotations

from promoter.manifest.entries import Served, served
from promoter.manifest.routes import find_routes
from promoter.yaml_source import YamlSource
from tests.manifest.splits import KEYLESS, a_split

HTTP_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: yolo, namespace: vision}
spec:
  hostnames: [yolo.example.com]
  rules:
  - matches: [{path: {value: /v1}}]
    retry: {codes: [500, 503], attempts: 2}
    filters: [{type: RequestMirror, requestMirror: {backendRef: {name: shadow, port: 80}}}]
    backendRefs:
    - name: v8
      weight: 95
      filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: X-Model-Version, value: v8}]}}]
    - {name: v9, weight: 5}
"""


def read(text: str) -> Served:
    source = YamlSource.decode("a.yaml", text.encode())
    return served(source, next(route for route in find_routes(source) if len(route.destinations) > 1))


def test_a_virtual_services_routes_come_in_order_with_what_they_send_where() -> None:
    headers = "headers: {response: {set: {x-model-version: v8}}}"
    mirror = (
        "mirror: {host: shadow, subset: v10}, mirrors: [{destination: {host: other, port: {number: 80}}}], "
    )
    last = f"- {{name: rest, route: [{{destination: {{host: yolo, subset: v8}}, {headers}}}]}}"
    found = read(a_split(extra=mirror, last=(last,)))
    assert (found.kind, found.hosts) == ("VirtualService", ("yolo.example.com",))
    keyless, split, rest = found.entries
    assert [entry.label for entry in found.entries] == ["http[0]", "http[1]", "http[2]"]
    assert [target.dest for target in split.targets] == ["yolo/v8", "yolo/v9"]
    assert [target.dest for target in split.mirrors] == ["shadow/v10", "other:80"]
    assert (keyless.without, keyless.catches_all) == ("x-device-id", False)
    assert (split.without, split.catches_all) == (None, True)
    assert [target.answers_as for target in rest.targets] == ["v8"]


def test_an_http_routes_rules_are_read_alike() -> None:
    found = read(HTTP_ROUTE)
    assert (found.kind, found.namespace, found.hosts) == ("HTTPRoute", "vision", ("yolo.example.com",))
    (rule,) = found.entries
    assert not rule.catches_all
    assert [(target.dest, target.answers_as) for target in rule.targets] == [("v8", "v8"), ("v9", None)]
    assert [target.dest for target in rule.mirrors] == ["shadow:80"]
    assert rule.retries is not None
    assert rule.retries.conditions == ("500", "503")


def test_an_entry_catches_all_without_a_match_or_with_an_empty_one() -> None:
    first = (
        "- {match: [{uri: {prefix: /a}}], route: [{destination: {host: a}}]}",
        "- {match: [{uri: {prefix: /a}}, {}], route: [{destination: {host: a}}]}",
        "- {match: [{name: all}], route: [{destination: {host: a}}]}",
        "- {match: [], route: [{destination: {host: a}}]}",
    )
    assert [entry.catches_all for entry in read(a_split(first=first)).entries] == [
        False,
        True,
        True,
        True,
        True,
    ]


def test_only_the_bare_absence_of_one_header_counts_as_such() -> None:
    first = (
        KEYLESS.replace("x-device-id", "X-Device-ID"),
        KEYLESS.replace("{x-device-id: {}}", "{x-device-id: {exact: a}}"),  # another value is a key too
        KEYLESS.replace("{x-device-id: {}}", "{x-device-id: {}, x-site: {}}"),
        KEYLESS.replace("[{withoutHeaders", "[{port: 80, withoutHeaders"),
    )
    assert [entry.without for entry in read(a_split(first=first)).entries[:-1]] == [
        "x-device-id",
        None,
        None,
        None,
    ]


def test_retries_that_are_switched_off_or_not_written_are_none() -> None:
    for extra in ("", "retries: {attempts: 0, retryOn: 5xx}, ", "retries: {attempts: 2}, "):
        assert read(a_split(extra=extra)).entries[-1].retries is None


def test_what_cannot_be_read_is_left_out() -> None:
    broken = (
        "- {match: nonsense, route: [{destination: nowhere}], mirror: {subset: v8}, retries: {retryOn: [a]}}"
    )
    entry = read(a_split(first=(broken,))).entries[0]
    assert (entry.targets, entry.mirrors) == ((), ())
