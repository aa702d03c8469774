"""A repository with one rollout's manifest on main, and the local forge on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from promoter.forge.local import LocalForge
from tests.forge.builders import PATH, a_manifest, forge_of
from tests.git_repository import Scratch, clean_environment


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    clean_environment(monkeypatch)


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """The repository."""
    made = Scratch.create(tmp_path / "repo")
    made.commit({PATH: a_manifest(5), "README.md": "hello\n", "manifests/other.yaml": "x\n"})
    return made


@pytest.fixture
def forge(scratch: Scratch) -> LocalForge:
    """The forge of a tick that begins now."""
    return forge_of(scratch)
