"""What the sweeps over calls of a tick share."""

from __future__ import annotations

import pytest

from tests.invariants.github_disturbed import Wire


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(monkeypatch)
