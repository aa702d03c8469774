"""json_text: the same document comes back, and nothing in the text moves a cursor."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.report.json_text import json_text

HIDDEN = "\x7f\x9b\u061c\u200b\u202e\u2028\u2066\ufeff\U000e0041"


@given(st.dictionaries(st.text(), st.text(st.characters() | st.sampled_from(HIDDEN))))
def test_what_was_written_is_read_again(document: dict[str, str]) -> None:
    assert json.loads(json_text(document)) == document


def test_what_cannot_be_seen_is_escaped_and_what_can_is_not() -> None:
    text = json_text({"a": f"5% → 20% é {HIDDEN}\x1b\ud800"})
    assert "5% → 20% é" in text
    assert text.isprintable() is False  # its own line ends
    assert "".join(text.split("\n")).isprintable()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"a": number})


def test_a_secret_in_any_string_is_hidden_and_the_document_stays_one() -> None:
    token = "ghp_" + "a1B2" * 9
    document = {"a": [f"x {token}", {"b": f"Authorization: Bearer {token}"}], "n": 1, "none": None}
    assert json.loads(json_text(document)) == {
        "a": ["x [redacted]", {"b": "Authorization: Bearer [redacted]"}],
        "n": 1,
        "none": None,
    }
