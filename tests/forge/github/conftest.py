"""The GitHub forge on the fake GitHub, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.github_bench import GitHubBench
from tests.fakes.github.hub import Hub
from tests.fakes.github.server import serving
from tests.git_repository import clean_environment


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubBench]:
    """A repository with a manifest, and the bot's token."""
    clean_environment(monkeypatch)
    with serving(Hub.create(tmp_path)) as github:
        yield GitHubBench(tmp_path, github)
