"""The forges that the contract is held against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.benches import Bench, FakeBench, LocalBench
from tests.contracts.github_bench import GitHubBench
from tests.fakes.github.hub import Hub
from tests.fakes.github.server import serving
from tests.git_repository import clean_environment


@pytest.fixture(params=["fake", "local", "github"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """One forge, on a repository of its own."""
    clean_environment(monkeypatch)
    if request.param == "github":
        with serving(Hub.create(tmp_path)) as github:
            yield GitHubBench(tmp_path, github)
        return
    yield FakeBench() if request.param == "fake" else LocalBench(tmp_path)
