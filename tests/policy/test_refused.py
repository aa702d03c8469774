"""refused: values as messages show them."""

from __future__ import annotations

import pytest

from promoter.policy.refused import RefusedError, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [("a\nb", "'a\\nb'"), (5, "5"), (True, "true"), ([1], "a list"), ({"a": 1}, "a mapping"), (None, "None")],
)
def test_a_value_is_shown_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_is_cut_short() -> None:
    assert len(shown("x" * 1000)) < 70


def test_a_hint_follows_the_message() -> None:
    assert str(RefusedError("it is wrong", "write it right")) == "it is wrong; write it right"
