"""What the live plant's tests share: the clock, and one small plant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from promoter.plant.behaviour import Behaviour
from promoter.plant.plant import Layout, Plant
from promoter.plant.scratch import GRAY, ROUTE, SPLIT, STABLE, Scratch


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the plant runs on the real clock


@pytest.fixture(scope="module")
def plant(live_parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Plant, Scratch]]:
    """A running plant with gray at 20 %, and the repository that its agent follows."""
    folder = tmp_path_factory.mktemp("plant")
    scratch = Scratch(folder / "repository", now(), gray=20)
    versions = {STABLE: Behaviour(median=0.1), GRAY: Behaviour(median=0.1)}
    layout = Layout(
        versions=versions, repository=scratch.path, files=(ROUTE, SPLIT), rate=300.0, devices=1000
    )
    with Plant(layout, folder / "plant") as running:
        yield running, scratch
