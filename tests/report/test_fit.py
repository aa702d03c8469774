"""fit: what a forge accepts, with what is most needed in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.report.fit import LIMIT, RESERVE, fit, length, part


def test_what_fits_is_left_as_it_is() -> None:
    assert fit([part("a"), part(""), part("b", "", spare=9)]) == "a\n\nb\n"


def test_what_is_least_needed_goes_first() -> None:
    parts = [part("must"), part("c" * 10, "", spare=2), part("b" * 10, "", spare=1)]
    assert fit(parts, 30) == f"must\n\n{'c' * 10}\n\n{'b' * 10}\n"
    assert fit(parts, 29) == f"must\n\n{'b' * 10}\n"
    assert fit(parts, 17) == "must\n"


def test_a_part_is_shortened_before_the_next_one_is_touched() -> None:
    parts = [part("x" * 40, "x" * 20, "x", spare=2), part("y" * 10, "", spare=1)]
    assert fit(parts, 36) == f"{'x' * 20}\n\n{'y' * 10}\n"
    assert fit(parts, 20) == f"x\n\n{'y' * 10}\n"


def test_what_a_large_part_made_room_for_comes_back() -> None:
    parts = [part("c" * 10, "", spare=2), part("e" * 100, "digest", spare=1)]
    assert fit(parts, 40) == f"{'c' * 10}\n\ndigest\n"


def test_what_cannot_be_shortened_is_cut_at_a_line() -> None:
    assert fit([part("one\ntwo\nthree")], 10) == "one\ntwo…\n"
    assert fit([part("x" * 100)], 10) == "xxxxxxxx…\n"


def test_an_emoji_counts_twice() -> None:
    assert length("a🟥") == 3
    assert length("\ud800") == 1
    assert fit([part("🟥" * 100)], 11) == "🟥🟥🟥🟥…\n"


texts = st.text(st.characters() | st.sampled_from("🟥\n"), max_size=60)
parts = st.lists(st.builds(part, texts, texts, spare=st.integers(0, 3)), max_size=6)


@given(parts, st.integers(4, 200))
def test_nothing_is_ever_longer_than_allowed(some: list[object], limit: int) -> None:
    assert length(fit(some, limit)) <= limit  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 100, LIMIT - RESERVE - 3, LIMIT, 5 * LIMIT])
def test_a_forge_has_room_for_its_own_words(size: int) -> None:
    assert length(fit([part("x" * size)])) <= LIMIT - RESERVE
