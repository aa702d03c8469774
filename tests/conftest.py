"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from tools.ensure_prometheus import find

settings.register_profile("promoter", deadline=None)  # timings belong in bench/
settings.load_profile("promoter")

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites tests/golden/ from what the code renders now: read the diff before committing."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Holds a rendered text against the file of that name in tests/golden/."""
    update = request.config.getoption("--update-golden")

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
        assert path.is_file(), f"no {path.name} yet: run with --update-golden and read it"
        assert text == path.read_bytes().decode("utf-8")

    return check


@pytest.fixture(scope="session")
def prometheus_binaries() -> Path:
    """The directory of a real prometheus and promtool. In CI their absence is a failure."""
    place = find("prometheus")
    if place is None:
        absent = "no prometheus and promtool here; tools/ensure_prometheus.py fetches them"
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    return place


@pytest.fixture(scope="session")
def live_parts(prometheus_binaries: Path) -> Path:
    """Envoy and Prometheus, or a skip that says what is missing. In CI their absence is a failure."""
    if find_spec("envoy") is None:
        absent = "no Envoy here; it comes with the extra gray-promoter[live]"
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    return prometheus_binaries
