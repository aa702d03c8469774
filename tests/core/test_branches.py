"""branches: the same situation has the same name, another one another name, and every name is a ref's."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.branches import finish_branch, introduction_branch, promotion_branch, rollback_branch
from promoter.core.situation import Route, Situation
from tests.build import DESTINATIONS, a_commit, a_policy, a_situation, a_split

SHORT = a_commit(3).short


def with_candidate(name: str) -> Situation:
    situation = a_situation(policy=a_policy(candidates=(name,)))
    destinations = {"v8-stable": DESTINATIONS["v8-stable"], name: DESTINATIONS["v9-gray"]}
    route = Route(path="manifests/vs.yaml", split=a_split(), destinations=destinations)
    return replace(situation, candidate=name, route=route)


def test_a_promotions_branch_tells_candidate_weights_and_step() -> None:
    assert promotion_branch(a_situation(), a_split(20)) == f"promoter/yolo/v9-gray-5-to-20-{SHORT}"


def test_another_step_or_another_target_is_another_branch() -> None:
    here = promotion_branch(a_situation(), a_split(20))
    assert promotion_branch(a_situation(), a_split(10)) != here
    assert promotion_branch(a_situation(weights=(0, 5)), a_split(20)) != here


def test_a_rollbacks_branch_tells_the_step() -> None:
    assert rollback_branch(a_situation()) == f"promoter/yolo/rollback-{SHORT}"
    assert rollback_branch(a_situation(), step=True) == f"promoter/yolo/rollback-step-{SHORT}"


def test_of_several_candidates_each_has_its_own_way_back() -> None:
    situation = a_situation(policy=a_policy(candidates=("v9-gray", "v10-gray")))
    assert rollback_branch(situation) == f"promoter/yolo/rollback-v9-gray-{SHORT}"


def test_an_introductions_branch_tells_the_image_and_what_it_replaces() -> None:
    one, other = (introduction_branch(a_situation(), f"registry.example.com/yolo:{tag}") for tag in "12")
    assert re.fullmatch(rf"promoter/yolo/introduce-v9-gray-[0-9a-f]{{12}}-{a_commit(1).short}", one)
    assert other != one


def test_a_finishs_branch_tells_the_last_step() -> None:
    assert finish_branch(a_situation()) == f"promoter/yolo/finish-v9-gray-{SHORT}"


@pytest.mark.parametrize(
    "name",
    ["yolo-gray.prod:80/v9", "..", "a..b", "-x", ".lock", "x.lock", "@{1}", "a b", "vé", "--upload-pack=x"],
)
def test_any_version_makes_a_ref_that_git_accepts(name: str) -> None:
    for branch in (
        promotion_branch(with_candidate(name), a_split(20)),
        rollback_branch(with_candidate(name)),
        introduction_branch(with_candidate(name), "yolo:1"),
        finish_branch(with_candidate(name)),
    ):
        subprocess.run(["git", "check-ref-format", "--branch", branch], check=True, capture_output=True)


@given(st.text(max_size=20))
def test_no_version_leaves_its_rollouts_room(name: str) -> None:
    branch = promotion_branch(with_candidate(name), a_split(20))
    assert branch.startswith("promoter/yolo/")
    assert branch.count("/") == 2
    assert branch.isascii()
    assert ".." not in branch
    assert not any(char.isspace() or char in "~^:?*[\\" for char in branch)
