"""6, on GitHub. A tick killed before or after any of its calls, then run again, ends where an unkilled one ends. The other
invariants hold after every single request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.invariants.github_disturbed import Wire, disturbed, golden, prepared
from tests.invariants.github_situations import SITUATIONS, Situation

# A tick that is killed in this process leaves its pipes to the garbage collector, in any order.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_tick_killed_before_or_after_any_call_ends_where_an_unkilled_one_ends(
    situation: Situation, tmp_path: Path, wire: Wire
) -> None:
    with prepared(situation, tmp_path) as rig:
        calls, end, watch = golden(rig, wire)
        for place, call in enumerate(calls):
            wire.reset()
            wire.before = place
            disturbed(rig, watch, end, ("before", place, call.operation))
            if call.writes:  # after a read all is as before the next call
                wire.reset()
                wire.after = place
                disturbed(rig, watch, end, ("after", place, call.operation))
