"""What the sweeps over calls of a tick share, and a rollout on GitHub."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.invariants.github_disturbed import Wire
from tests.invariants.github_rig import GitHubRig, github_rig
from tests.invariants.test_06_killed_or_raced import Effects

KILLING = frozenset({"wire", "effects"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A killed tick closes nothing: what its garbage complains of is no fault of the code's."""
    for item in items:
        if not KILLING.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """What a killed tick leaves open is collected before the next test, which it does not concern."""
    yield Wire(monkeypatch)
    gc.collect()


@pytest.fixture
def effects(monkeypatch: pytest.MonkeyPatch) -> Iterator[Effects]:
    """The same for a tick that is killed on the local forge."""
    yield Effects(monkeypatch)
    gc.collect()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[GitHubRig]:
    """5 %, healthy, `merge: auto`."""
    with github_rig(tmp_path) as made:
        yield made


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[GitHubRig]:
    """The same with `merge: approval`."""
    with github_rig(tmp_path, merge="approval") as made:
        yield made
