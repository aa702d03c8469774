"""routes: every weighted route of a file, refused ones with their reason."""

from __future__ import annotations

import json

import pytest

from promoter.manifest.routes import FoundRoute, find_routes, several
from promoter.yaml_source import YamlSource
from tests.manifest.test_edit import ONE_LINE, PLAIN

ALONE = PLAIN.split("        - destination:\n            host: yolo-service\n            subset: v9-gray")[0]
REDIRECT = PLAIN.split("      route:")[0] + "      redirect: {uri: /}\n"


def found(text: str) -> tuple[FoundRoute, ...]:
    return find_routes(YamlSource("f.yaml", text))


def reasons(text: str) -> list[str]:
    return [str(route.refused or "") for route in found(text)]


def test_a_lone_destination_is_weighted_only_where_its_weight_is_written() -> None:
    assert [route.destinations[0].weight for route in found(ALONE)] == [95]
    assert found(ALONE.replace("          weight: 95\n", "")) == ()


def test_what_has_no_destinations_is_no_weighted_route() -> None:
    for text in (REDIRECT, "", "text", "- 1", "kind: [VirtualService]", PLAIN.split("spec:")[0]):
        assert found(text) == ()


@pytest.mark.parametrize("empty", ["", " null", " []"])
def test_an_empty_kind_of_routes_is_as_good_as_none(empty: str) -> None:
    assert reasons(PLAIN.replace("spec:\n", f"spec:\n  tcp:{empty}\n")) == [""]


@pytest.mark.parametrize("kind", ["List", "VirtualServiceList"])
def test_the_items_of_a_list_are_found(kind: str) -> None:
    listed = json.dumps({"apiVersion": "v1", "kind": kind, "items": [json.loads(ONE_LINE)]})
    assert reasons(listed) == [""]


def test_one_unusable_resource_does_not_spoil_its_neighbours() -> None:
    other = PLAIN.replace("name: yolo\n", "name: other\n")
    for broken in (
        other.replace("name: other\n", "name: other\n  name: other\n"),
        other.replace("spec:\n", "spec:\n  <<: {a: 1}\n"),
        other.replace("istio.io/v1\n", "istio.io/v2\n"),
        other.replace("apiVersion: networking.istio.io/v1\n", ""),
        other.replace("metadata:\n  name: other\n", "metadata: [name]\n"),
    ):
        first, second = reasons(PLAIN + "---\n" + broken)
        assert first == ""
        assert second.startswith("f.yaml:")


def test_a_route_that_may_come_from_a_merge_is_refused() -> None:
    text = PLAIN.replace("spec:\n", "x: &r {route: []}\nspec:\n") + "    - <<: *r\n"
    assert reasons(text)[0] == ""
    assert "merge key" in reasons(text)[1]


@pytest.mark.parametrize("second", [PLAIN, REDIRECT, PLAIN.replace("istio.io/v1\n", "istio.io/v1beta1\n")])
def test_the_same_resource_twice_is_refused_whatever_the_second_one_routes(second: str) -> None:
    assert all("stands here twice" in reason for reason in reasons(PLAIN + "---\n" + second))


def test_a_resource_of_that_name_in_another_group_is_another() -> None:
    other = PLAIN.replace("networking.istio.io/v1\n", "appmesh.k8s.aws/v1beta2\n")
    first, second = reasons(PLAIN + "---\n" + other)
    assert first == ""
    assert "no known version" in second


def test_weights_that_sum_to_nothing_are_shown_and_refused() -> None:
    text = PLAIN.replace("weight: 95", "weight: 0").replace("weight: 5", "weight: 0")
    assert "sum to 0" in reasons(text)[0]
    assert len(found(text)[0].destinations) == 2


def test_a_message_names_a_few_routes_with_their_namespaces() -> None:
    (route,) = found(PLAIN.replace("name: yolo\n", "name: yolo\n  namespace: vision\n"))
    assert several([]) == "none"
    assert several([route]) == "VirtualService vision/yolo http[0] (detect)"
    assert several([route] * 3, limit=2).endswith(" and 1 more")
