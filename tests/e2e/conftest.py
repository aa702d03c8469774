"""One real Prometheus for all end-to-end tests, over a history with every scenario in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.github_project import GitHubProject, github_project
from tests.e2e.histories import everything
from tests.e2e.project import Project
from tests.prometheus_server import running_prometheus

NewProject = Callable[..., Project]
NewGitHubProject = Callable[..., GitHubProject]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test below this folder needs the real server."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.prometheus)


@pytest.fixture(scope="session")
def prometheus(prometheus_binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the server that all tests share."""
    with running_prometheus(
        prometheus_binaries, everything(), tmp_path_factory.mktemp("prometheus")
    ) as server:
        yield server.url


@pytest.fixture
def github(prometheus: str, tmp_path: Path) -> Iterator[NewGitHubProject]:
    """Makes a repository on the fake GitHub whose promoter asks that server."""
    with ExitStack() as stack:

        def create(scenario: str = "healthy", **changes: object) -> GitHubProject:
            place = tmp_path / f"github-{len(list(tmp_path.iterdir()))}"
            changes.setdefault("scenario", scenario)
            return stack.enter_context(github_project(place, prometheus, **changes))  # type: ignore[arg-type]

        yield create


@pytest.fixture
def project(prometheus: str, tmp_path: Path) -> NewProject:
    """Makes a repository whose promoter asks that server."""

    def create(scenario: str = "healthy", **changes: object) -> Project:
        place = tmp_path / f"project-{len(list(tmp_path.iterdir()))}"
        changes.setdefault("prometheus", prometheus)
        return Project.create(place, scenario=scenario, **changes)  # type: ignore[arg-type]

    return create
