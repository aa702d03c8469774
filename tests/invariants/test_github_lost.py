"""6, on GitHub. A tick whose replies are lost, late or errors, at any of its calls, then run again, ends where an undisturbed
one ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.github.faults import Fault
from tests.invariants.github_disturbed import Wire, disturbed, golden, prepared
from tests.invariants.github_situations import SITUATIONS, Situation

# A tick that is killed in this process leaves its pipes to the garbage collector, in any order.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_tick_whose_replies_are_lost_or_errors_ends_where_an_undisturbed_one_ends(
    situation: Situation, tmp_path: Path, wire: Wire
) -> None:
    with prepared(situation, tmp_path) as rig:
        calls, end, watch = golden(rig, wire)
        for place, call in enumerate(calls):
            faults = [Fault(skip=place, status=502, times=1 if call.writes else 3)]
            if call.writes:
                faults += [Fault(skip=place, reply="lose"), Fault(skip=place, reply="after", status=504)]
            for fault in faults:
                rig.github.faults.append(fault)
                disturbed(rig, watch, end, (fault.reply or "5xx", place, call.operation))
                assert fault.hits > 0
