"""A real repository for each test, and an environment that only the test decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from promoter.repo.base import Repository
from tests.git_repository import Scratch, clean_environment


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    clean_environment(monkeypatch)


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """An empty repository."""
    return Scratch.create(tmp_path / "repo")


@pytest.fixture
def repo(scratch: Scratch) -> Repository:
    """The same repository, as the code sees it."""
    return Repository.open(scratch.root)
