"""What the sweeps over calls of a tick share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.invariants.github_disturbed import Wire


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """What a killed tick leaves open is collected before the next test, which it does not concern."""
    yield Wire(monkeypatch)
    gc.collect()
