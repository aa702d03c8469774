"""A plant whose 5 % step is proven right now, in a real Prometheus, and its repository with the workflows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.histories import Scenario, one_scenario
from tests.e2e.project import T0, Project, minute
from tests.prometheus_server import running_prometheus
from tests.workflows.rig import ROOT, Rig, ship

NewRig = Callable[..., tuple[Rig, Project]]
SINCE = 7.0  # minutes ago that the 5 % came to base


@pytest.fixture(scope="session")
def present() -> float:
    """The present, in minutes after T0, as these tests' histories count."""
    return (datetime.now(UTC) - T0).total_seconds() / 60  # noqa: TID251 - workflows run at the real time


@pytest.fixture(scope="session")
def plant(
    prometheus_binaries: Path, tmp_path_factory: pytest.TempPathFactory, present: float
) -> Iterator[str]:
    """A Prometheus in which gray is healthy at 5 %, from a while ago until well after these tests."""
    began = present - SINCE
    healthy = Scenario(share=((began - 20, 1), (began + 0.4, 5)), begin=began - 20, end=present + 30)
    history = one_scenario("now", healthy)
    with running_prometheus(prometheus_binaries, history, tmp_path_factory.mktemp("plant")) as server:
        yield server.url


@pytest.fixture
def rig(plant: str, tmp_path: Path, present: float) -> NewRig:
    """Makes a repository with the shipped workflows, and the rig that runs them."""

    def create(*, workflows: bool = True) -> tuple[Rig, Project]:
        began = present - SINCE
        project = Project.create(
            tmp_path / "team", scenario="now", prometheus=plant, weights=((began - 20, 1), (began, 5))
        )
        if workflows:
            ship(project.root)
            shutil.copytree(ROOT / ".github" / "workflows", project.root / ".github" / "workflows")
            project.git("add", "--all")
            project.git("commit", "--quiet", "-m", "workflows", at=minute(began))
        runs = tmp_path / "runs"
        runs.mkdir()
        return Rig(place=runs, origin=project.root, prometheus=plant), project

    return create
