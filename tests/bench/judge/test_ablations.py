from __future__ import annotations

import pytest

from bench.judge.ablations import TITLES, ablated, without
from bench.judge.cases import BY_NAME
from bench.judge.track import NEVER
from bench.judge.world import simulate
from promoter.core.judge import proportion, sequential


@pytest.mark.parametrize("part", TITLES)
def test_the_judge_is_whole_again_afterwards(part: str) -> None:
    before = (sequential.AGREE, proportion.SICK, vars(proportion)["REOPEN"])
    with pytest.raises(KeyError), without(part):
        raise KeyError(part)
    assert before == (sequential.AGREE, proportion.SICK, vars(proportion)["REOPEN"])


def test_without_its_guards_the_judge_freezes_candidates_of_a_sick_service() -> None:
    world = simulate(BY_NAME["sick-dependency"], 200, 6, (2,))
    with without("no-mask"):
        frozen = ablated(world, "no-relative").frozen
    assert (frozen != NEVER).all()
    assert (ablated(world, "no-restarts").frozen == NEVER).all()
