"""The same contract for the status of a proposal: what is written, what is not, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoter.core.actions import EVIDENCE_TTL
from promoter.core.proposals import Health
from promoter.errors import ForgeError
from tests.contracts.benches import Bench
from tests.contracts.test_forge import BRANCH, a_new, a_status, the_proposal
from tests.git_repository import minute


def test_a_status_is_the_last_one_that_said_something_new(bench: Bench) -> None:
    proposal = bench.forge().ensure_proposal(a_new(bench))
    half = EVIDENCE_TTL.total_seconds() / 120
    told = [
        (a_status(), a_status()),
        (a_status(at=10 + half - 1), a_status()),  # the same, and still young
        (a_status(at=10 + half), a_status(at=10 + half)),
        (a_status(Health.FAILURE, at=9), a_status(at=10 + half)),  # older evidence
        (a_status(Health.FAILURE, at=10 + half), a_status(Health.FAILURE, at=10 + half)),
    ]
    for status, kept in told:
        bench.forge().ensure_status(proposal, status)
        assert the_proposal(bench).status == kept


def test_a_status_or_an_end_of_a_proposal_that_is_not_there_is_refused(bench: Bench) -> None:
    proposal = bench.forge().ensure_proposal(a_new(bench))
    stranger = replace(proposal, branch="promoter/yolo/v9-0-to-1-abcdef012")
    with pytest.raises(ForgeError):
        bench.forge().ensure_status(stranger, a_status())
    with pytest.raises(ForgeError):
        bench.forge().ensure_closed(stranger, why="out of date", at=minute(12))
    assert the_proposal(bench) == proposal


def test_a_status_of_what_is_not_open_is_not_written(bench: Bench) -> None:
    proposal = bench.forge().ensure_proposal(a_new(bench))
    bench.delete(BRANCH)
    bench.forge().ensure_status(proposal, a_status())
    assert the_proposal(bench).status is None
