"""beside: what other routes of the same resource do."""

from __future__ import annotations

from fractions import Fraction

import pytest

from promoter.core.route import RouteRef
from promoter.manifest.beside import Aside, beside
from promoter.manifest.locate import locate_route
from tests.e2e.policies import a_manifest

GRAY = "yolo-service/v9-gray"
MINE = RouteRef(file="vs.yaml", kind="VirtualService", name="yolo-detection-vs", http="detect")


def found(text: str) -> tuple[Aside, ...]:
    return beside(locate_route("vs.yaml", text.encode(), MINE))


def in_front(route: str) -> str:
    return a_manifest(5).replace("  http:\n", f"  http:\n    - {route}\n")


TO_GRAY = "route: [{destination: {host: yolo-service, subset: v9-gray}}]"


def test_a_resource_with_one_route_has_none_beside_it() -> None:
    assert found(a_manifest(5)) == ()


def test_a_lone_destination_gets_everything_of_its_route() -> None:
    (aside,) = found(in_front(TO_GRAY))
    assert (aside.label, aside.percent([GRAY]), aside.percent(["other"])) == (
        "http[0]",
        Fraction(100),
        Fraction(0),
    )


@pytest.mark.parametrize(
    ("route", "shadows"),
    [
        (TO_GRAY, True),
        (f"{{match: [], {TO_GRAY}}}", True),
        (f"{{match: [{{uri: {{prefix: /x}}}}], {TO_GRAY}}}", False),
    ],
)
def test_the_first_match_wins(route: str, *, shadows: bool) -> None:
    assert [aside.shadows for aside in found(in_front(route))] == [shadows]


def test_a_route_behind_or_of_another_kind_takes_no_place() -> None:
    text = a_manifest(5) + f"    - {TO_GRAY}\n  tcp:\n    - {TO_GRAY}\n"
    assert [(aside.label, aside.shadows) for aside in found(text)] == [("http[1]", False), ("tcp[0]", False)]


def test_redirects_and_other_resources_are_nothing() -> None:
    assert found(in_front("redirect: {uri: /}")) == ()
    other = (
        a_manifest(5)
        .replace("yolo-detection-vs", "other")
        .replace("  http:\n", f"  http:\n    - {TO_GRAY}\n")
    )
    assert found(f"{a_manifest(5)}---\n{other}") == ()


def test_what_cannot_be_read_has_no_split() -> None:
    (aside,) = found(in_front("route: [{destination: {subset: v9-gray}}]"))
    assert (aside.split, aside.percent([GRAY])) == (None, Fraction(0))
