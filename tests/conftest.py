"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.ensure_prometheus import find


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
