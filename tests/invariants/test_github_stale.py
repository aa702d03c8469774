"""6, on GitHub. A tick that is shown what was a moment ago, at any of its reads, then run again, ends where an informed one
ends."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.fakes.github.faults import Fault
from tests.invariants.github_disturbed import Wire, disturbed, golden, prepared
from tests.invariants.github_rig import GitHubRig
from tests.invariants.github_situations import SITUATIONS, Situation

# A tick that is killed in this process leaves its pipes to the garbage collector, in any order.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_tick_that_reads_what_was_a_moment_ago_ends_where_an_informed_one_ends(
    situation: Situation, tmp_path: Path, wire: Wire
) -> None:
    with prepared(situation, tmp_path) as rig:
        calls, end, watch = golden(rig, wire)
        for place, call in enumerate(calls):
            if call.writes:
                continue
            for writes in (1, 3):
                rig.github.faults.append(Fault(skip=place, before=partial(_late, rig, writes)))
                disturbed(rig, watch, end, ("stale", writes, place, call.operation))


def _late(rig: GitHubRig, writes: int) -> None:
    knobs = rig.site.hub.knobs
    knobs.lag_reads, knobs.lag_writes = 1, writes
