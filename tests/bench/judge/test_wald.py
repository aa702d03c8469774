from __future__ import annotations

import pytest

from bench.judge.wald import FAILS, bound, to_fail, to_pass


def test_the_bound_is_walds() -> None:
    assert bound(0.001, 0.0005, 0.05 / 16, 0.05) == pytest.approx(27_327, rel=1e-3)
    assert bound(0.005, 0.0005, 0.05 / 16, 0.05) == pytest.approx(752, rel=2e-3)
    assert bound(0.0001, 0.00525, 0.05, 0.05) == pytest.approx(556, rel=2e-3)


def test_no_verdict_comes_sooner_than_the_bound_allows_and_none_takes_many_times_longer() -> None:
    for row in (FAILS[0], FAILS[2]):
        found = to_fail(*row, ticks=10, runs=40)
        assert found.missed == 0
        assert 1.0 < found.mean / found.bound < 2.6
    passed = to_pass(3, 0.0005, 0.0001, ticks=40, runs=40)
    assert passed.missed == 0
    assert 0.95 < passed.mean / passed.bound < 1.6
