"""6, on GitHub. Two ticks at once, whichever write the one interrupts the other at, end where one alone ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.github.faults import Fault
from tests.invariants.github_disturbed import Wire, disturbed, golden, prepared
from tests.invariants.github_situations import SITUATIONS, Situation

# A tick that is killed in this process leaves its pipes to the garbage collector, in any order.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_two_ticks_at_once_end_where_one_ends(situation: Situation, tmp_path: Path, wire: Wire) -> None:
    """A whole tick of another process right before, and right after, each write of the first."""
    with prepared(situation, tmp_path) as rig:
        calls, end, watch = golden(rig, wire)
        watch.holds = 2  # GitHub has no compare-and-set for issues: the later one ends at the next tick
        for place, call in enumerate(calls):
            if not call.writes:
                continue
            for moment in ("before", "after"):
                fault = Fault(skip=place)
                setattr(fault, moment, lambda: rig.tick(clone="other"))
                rig.github.faults.append(fault)
                disturbed(rig, watch, end, (moment, place, call.operation))
                assert fault.hits == 1
