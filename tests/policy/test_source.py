"""source: a policy's YAML as plain data, every key and value with its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from promoter.errors import Where
from promoter.policy.source import Reading, read_source
from promoter.yaml_source import YamlSource


def read(text: str) -> Reading:
    return read_source(YamlSource.decode("p.yaml", text.encode()))


def test_scalars_are_read_by_yaml_1_2_and_quoted_ones_are_text() -> None:
    data = read("a: 1\nb: 0.1\nc: '1'\nd: yes\ne: true\nf: ~\ng: 0o7\nh: 1e3\ni: 010\n").data
    assert data == {
        "a": 1,
        "b": Decimal("0.1"),
        "c": "1",
        "d": "yes",
        "e": True,
        "f": None,
        "g": "0o7",
        "h": Decimal("1e3"),
        "i": 10,
    }


def test_every_key_and_value_knows_its_place() -> None:
    reading = read("a:\n  - x: 1\n    y: 2\n")
    assert reading.keys["a", 0, "y"] == Where("p.yaml", 3, 5)
    assert reading.values["a", 0, "y"] == Where("p.yaml", 3, 8)
    assert reading.where(("a", 0, "missing")) == Where("p.yaml", 2, 5)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1\na: 2\n", "stands here twice"),
        ("a: &x 1\nb: *x\n", "alias"),
        ("a: {<<: {b: 1}}\n", "merge key"),
        ("[a]: 1\n", "a key must be text"),
        ("a: !!str 5\n", "a YAML tag"),
    ],
)
def test_what_has_no_place_in_a_policy_is_told(text: str, why: str) -> None:
    assert any(why in str(problem) for problem in read(text).problems)
