"""What a human lowered is never raised again, however it was lowered, until a human resumes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import NewProject
from tests.e2e.policies import DEPLOYMENT, NAME, a_deployment, a_policy
from tests.e2e.project import Project, minute


def _revert(yolo: Project) -> None:
    yolo.git("revert", "--no-edit", "HEAD", at=minute(6))


def _squash(yolo: Project) -> None:
    """As GitHub's squash button does it: a branch with the revert, one new commit with another message."""
    yolo.git("checkout", "--quiet", "-b", "revert-7-main")
    yolo.git("revert", "--no-edit", "HEAD", at=minute(5))
    yolo.git("checkout", "--quiet", "main")
    yolo.git("merge", "--quiet", "--squash", "revert-7-main")
    yolo.git("commit", "--quiet", "-m", "p99 looked odd (#8)", at=minute(6))


def _merge_commit(yolo: Project) -> None:
    yolo.git("checkout", "--quiet", "-b", "revert-7-main")
    yolo.git("revert", "--no-edit", "HEAD", at=minute(5))
    yolo.git("checkout", "--quiet", "main")
    yolo.merge("revert-7-main", at=minute(6))


def _hand_edit(yolo: Project) -> None:
    yolo.set_weight(1, at=minute(6), message="back to where we were")


WAYS = [_revert, _squash, _merge_commit, _hand_edit]


@pytest.mark.parametrize("lower", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_a_rollback_is_never_raised_again_until_a_human_resumes(
    project: NewProject, lower: Callable[[Project], None]
) -> None:
    yolo = project("lowered", policy=a_policy("lowered", merge="auto"))
    lower(yolo)
    lowered = yolo.head()
    ran = yolo.run(minute(17))  # healthy for long
    assert (ran.code, ran.decision) == (0, "hold")
    hold = ran.rollout["hold"]
    assert (hold["kind"], hold["by"], hold["commit"]) == ("rollback", "Ada", lowered)
    assert (yolo.head(), yolo.weight(), yolo.branches()) == (lowered, 1, [])
    assert yolo.resume(minute(17)).code == 0
    assert yolo.run(minute(17.5)).decision == "wait"
    assert "merged" in yolo.run(minute(22)).did
    assert yolo.weight() == 5


def test_merging_the_prepared_revert_holds_at_0_until_a_human_resumes(project: NewProject) -> None:
    yolo = project("errors", policy=a_policy("errors", merge="auto"))
    yolo.run(minute(6))
    yolo.merge(yolo.proposal("rollback"), at=minute(7))
    assert yolo.weight() == 0
    ran = yolo.run(minute(14))
    assert ran.decision == "hold"
    assert yolo.weight() == 0
    assert yolo.resume(minute(14)).code == 0
    later = yolo.run(minute(18))
    assert "merged" in later.did, later.rollout["reasons"]
    assert yolo.weight() == 1


def test_the_prepared_revert_may_be_squashed_as_well(project: NewProject) -> None:
    yolo = project("errors", policy=a_policy("errors", merge="auto"))
    yolo.run(minute(6))
    yolo.git("merge", "--quiet", "--squash", yolo.proposal("rollback"))
    yolo.git("commit", "--quiet", "-m", "enough (#9)", at=minute(7))
    assert yolo.run(minute(14)).decision == "hold"
    assert yolo.weight() == 0


def test_another_image_behind_gray_is_another_candidate(project: NewProject) -> None:
    yolo = project("lowered", policy=a_policy("lowered", merge="auto"))
    _hand_edit(yolo)
    assert yolo.run(minute(12)).decision == "hold"
    yolo.commit({DEPLOYMENT: a_deployment("v9.1")}, "try v9.1", at=minute(13))
    fresh = yolo.run(minute(14))
    assert (fresh.decision, fresh.rollout["hold"]) == ("wait", None)
    assert fresh.rollout["since"] == "2026-01-07T08:13:00Z"
    assert "merged" in yolo.run(minute(19)).did
    assert yolo.weight() == 5


def test_the_old_image_back_again_is_still_held(project: NewProject) -> None:
    yolo = project("lowered", policy=a_policy("lowered", merge="auto"))
    _hand_edit(yolo)
    yolo.commit({DEPLOYMENT: a_deployment("v9.1")}, "try v9.1", at=minute(7))
    yolo.commit({DEPLOYMENT: a_deployment("v9.0")}, "no, v9.0", at=minute(8))
    assert yolo.run(minute(17)).decision == "hold"


def test_a_frozen_candidate_that_was_replaced_may_climb(project: NewProject) -> None:
    yolo = project("errors-pass", policy=a_policy("errors-pass", merge="auto"))
    assert yolo.run(minute(5)).decision == "freeze"
    yolo.commit({DEPLOYMENT: a_deployment("v9.1")}, "fixed", at=minute(6))
    assert "merged" in yolo.run(minute(12)).did
    assert yolo.weight() == 20


def test_rollback_proposes_the_way_to_0_and_merges_nothing(project: NewProject) -> None:
    yolo = project()
    ran = yolo.promoter("rollback", NAME, "--reason", "cameras complain", at=minute(6))
    assert ran.code == 0, ran.err
    branch = yolo.proposal("rollback")
    assert branch in ran.out
    assert (yolo.weight(branch), yolo.weight()) == (0, 5)
    assert "cameras complain" in yolo.git("log", "-1", "--format=%B", branch)
    status = yolo.promoter("status", "--output", "json").rollout
    assert [(p["branch"], p["draft"]) for p in status["proposals"]] == [(branch, False)]


def test_a_tick_keeps_the_rollback_that_a_human_asked_for(project: NewProject) -> None:
    yolo = project()
    yolo.promoter("rollback", NAME, at=minute(3))
    branch = yolo.proposal("rollback")
    yolo.run(minute(3.5))
    assert branch in yolo.branches()


def test_rollback_by_one_step_goes_back_where_it_came_from(project: NewProject) -> None:
    yolo = project()
    ran = yolo.promoter("rollback", NAME, "--step", "--now", at=minute(6))
    assert (ran.code, yolo.weight()) == (0, 1), ran.err
    assert yolo.git("status", "--porcelain") == ""
    assert yolo.run(minute(12)).rollout["hold"]["kind"] == "rollback"


def test_rollback_now_merges_whatever_the_hold_or_the_window(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", windows='["Mon-Fri 01:00-02:00 UTC"]'))
    yolo.promoter("pause", NAME, "--reason", "line stop", at=minute(5))
    (yolo.root / "README.md").write_bytes(b"half a thought")
    ran = yolo.promoter("rollback", NAME, "--now", "--reason", "stop it", at=minute(6))
    assert (ran.code, yolo.weight()) == (0, 0), ran.err
    assert yolo.git("status", "--porcelain") == "M README.md"
    assert yolo.promoter("rollback", NAME, "--now", at=minute(7)).out == (
        f"{NAME}: no candidate has traffic, nothing to roll back\n"
    )


def test_rollback_needs_no_prometheus(project: NewProject) -> None:
    yolo = project(prometheus=None)
    assert yolo.promoter("rollback", NAME, "--now", at=minute(6)).code == 0
    assert yolo.weight() == 0


def test_the_commit_of_a_rollback_names_the_promotions_it_takes_back(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", merge="auto"))
    yolo.run(minute(6))
    yolo.promoter("rollback", NAME, "--now", at=minute(8))
    reverted = [
        line.split()[3]
        for line in yolo.git("log", "-1", "--format=%B", "main").splitlines()
        if line.startswith("This reverts commit ")
    ]
    promoted, set_by_hand = yolo.git("log", "--first-parent", "--format=%H", "-2", "main^").splitlines()
    assert reverted == [promoted, set_by_hand]
