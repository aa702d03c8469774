"""history: a commit as read; its trailers are hints."""

from __future__ import annotations

from dataclasses import replace

from tests.build import a_commit


def test_a_commit_is_told_by_nine_digits() -> None:
    assert a_commit(3).short == a_commit(3).sha[:9]
    assert len(a_commit(3).short) == 9


def test_the_last_trailer_of_a_name_counts_in_any_case() -> None:
    commit = replace(a_commit(1), trailers=(("Rollout", "a"), ("rollout", "b"), ("Rollout-Weight", "1 -> 5")))
    assert commit.trailer("Rollout") == "b"
    assert commit.trailer("ROLLOUT-WEIGHT") == "1 -> 5"
    assert commit.trailer("Rollout-Evidence") is None
