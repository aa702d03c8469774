"""The forges that the contract is held against."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.benches import Bench, FakeBench, LocalBench
from tests.git_repository import clean_environment


@pytest.fixture(params=["fake", "local"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """One forge, on a repository of its own."""
    clean_environment(monkeypatch)
    return FakeBench() if request.param == "fake" else LocalBench(tmp_path)
