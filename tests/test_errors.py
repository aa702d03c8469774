"""errors: what, where and what to do about it, in one line."""

from __future__ import annotations

import pytest

from promoter.errors import (
    ExitCode,
    ForgeError,
    ManifestError,
    PolicyError,
    Problem,
    PromoterError,
    RecordingError,
    RepoError,
    SettingsError,
    Where,
)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (Where("a.yaml"), "a.yaml"),
        (Where("a.yaml", 3), "a.yaml:3"),
        (Where("a.yaml", 3, 7), "a.yaml:3:7"),
        (Where("a.yaml", 0, 7), "a.yaml"),
    ],
)
def test_a_place_is_told_as_far_as_it_is_known(where: Where, told: str) -> None:
    assert str(where) == told


def test_a_problem_says_where_before_and_what_to_do_after() -> None:
    assert str(Problem("bad")) == "bad"
    assert str(Problem("bad", Where("a.yaml", 3))) == "a.yaml:3: bad"
    assert str(Problem("bad", Where("a.yaml", 3), "write it so")) == "a.yaml:3: bad; write it so"


def test_a_policys_error_carries_every_problem_a_line_each() -> None:
    problems = (Problem("one", Where("a.yaml", 1)), Problem("two"))
    error = PolicyError(problems)
    assert str(error).splitlines() == ["a.yaml:1: one", "two"]
    assert error.problems == problems


@pytest.mark.parametrize("kind", [ManifestError, RepoError, ForgeError, SettingsError, RecordingError])
def test_every_error_is_a_users_one_line_with_exit_code_1(kind: type[PromoterError]) -> None:
    error = kind("bad", where=Where("a", 1), hint="mend it")
    assert str(error) == "a:1: bad; mend it"
    assert error.exit_code is ExitCode.ERROR
    assert error.problem == Problem("bad", Where("a", 1), "mend it")


def test_the_exit_codes_are_a_contract() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "ERROR": 1,
        "USAGE": 2,
        "PROMOTION_DUE": 3,
        "HELD": 4,
        "WAITING": 5,
    }
