"""resources: documents and the items of lists, each with the place it stands at."""

from __future__ import annotations

import pytest

from promoter.manifest.nodes import Reader
from promoter.manifest.resources import Resource, resources
from promoter.yaml_source import YamlSource

NUMBERS = (0, 3)
ONE = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: yolo, namespace: a}}"


def found(text: str) -> list[Resource]:
    return list(resources(Reader(YamlSource("f.yaml", text))))


def test_every_document_with_a_kind_is_a_resource_counted_from_0() -> None:
    text = f"# none\n---\n{ONE}\n---\n- a list\n---\nno: kind\n---\n{ONE}\n"
    assert [(one.document, one.kind, one.group, one.name, one.namespace) for one in found(text)] == [
        (number, "Deployment", "apps", "yolo", "a") for number in NUMBERS
    ]


@pytest.mark.parametrize("kind", ["List", "VirtualServiceList"])
def test_the_items_of_a_list_are_resources(kind: str) -> None:
    (one, other) = found(f"kind: {kind}\nitems:\n- {ONE}\n- {ONE}\n- text\n")
    assert one.refused is None
    assert one.node.start_mark.index < other.node.start_mark.index


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"kind: List\nitems: &i [{ONE}]\nagain: *i\n", "alias"),
        (f"kind: List\nitems: []\nitems: [{ONE}]\n", "twice"),
        (f"kind: List\n<<: {{a: 1}}\nitems: [{ONE}]\n", "merge key"),
    ],
)
def test_the_items_of_a_list_that_can_be_read_in_two_ways_are_refused(text: str, why: str) -> None:
    (one,) = found(text)
    assert why in str(one.refused)


def test_a_resource_matches_in_any_namespace_unless_one_is_named() -> None:
    (one,) = found(ONE)
    assert one.matches("Deployment", "yolo", None)
    assert one.matches("Deployment", "yolo", "a")
    assert not one.matches("Deployment", "yolo", "b")
    assert not one.matches("StatefulSet", "yolo", None)
