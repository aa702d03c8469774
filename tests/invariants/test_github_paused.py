"""4, on GitHub. A pause that comes while a tick is under way is seen before every write that would raise a weight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoter.core.decision import Kind
from promoter.core.evidence import Unknown
from promoter.core.outcome import Did
from promoter.human import pause
from tests.invariants.github_rig import GitHubRig
from tests.invariants.rig import MINUTE
from tests.invariants.test_github_humans import did, meanwhile, rig_pause


@pytest.mark.parametrize("path", ["query Branch", "/git/trees$", "/git/commits$", "/git/refs$"])
def test_a_pause_that_comes_before_a_promotion_is_opened_stops_it(careful: GitHubRig, path: str) -> None:
    fault = meanwhile(careful, lambda: rig_pause(careful), "POST", path)
    row = careful.tick()
    assert (fault.hits, did(row)) == (1, [Did.NOT_YET])
    assert row.outcomes[0].detail == "a hold was recorded meanwhile"
    assert careful.site.pulls() == []
    assert [ref for ref in careful.site.hub.state.refs if "promoter/" in ref] == []
    assert careful.tick().decision.kind is Kind.HOLD


def test_a_pause_that_comes_as_a_promotion_is_opened_keeps_it_from_green(careful: GitHubRig) -> None:
    fault = meanwhile(careful, lambda: rig_pause(careful), "POST", "/pulls$")
    assert did(careful.tick()) == [Did.PROPOSED, Did.NOT_YET]
    assert (fault.hits, careful.site.status(careful.site.pull())) == (1, "")
    assert careful.tick().decision.kind is Kind.HOLD
    assert careful.site.status(careful.site.pull()) == "pending"


def test_a_pause_that_comes_before_a_status_keeps_a_proposal_from_green(careful: GitHubRig) -> None:
    careful.tick()
    careful.script.override = lambda _: Unknown("Prometheus is down")
    careful.pass_time(MINUTE)
    careful.tick()
    careful.script.override = lambda _: None
    careful.pass_time(MINUTE)
    fault = meanwhile(careful, lambda: rig_pause(careful), "POST", "query Branch")
    careful.tick()
    assert (fault.hits, careful.site.status(careful.site.pull())) == (1, "pending")


def test_a_pause_of_another_rollout_stops_nothing(rig: GitHubRig) -> None:
    world = rig.world(clone="human")
    (found,) = rig.found(world)
    policy = replace(found.situation.policy, name="other")
    elsewhere = replace(found, situation=replace(found.situation, policy=policy))
    fault = meanwhile(rig, lambda: pause(world, (elsewhere,), rig.request()), "POST", "/git/trees$")
    assert Did.MERGED in did(rig.tick())
    assert fault.hits == 1


def test_a_pause_does_not_stand_in_the_way_of_a_way_back(rig: GitHubRig) -> None:
    rig.fall_sick(10)
    fault = meanwhile(rig, lambda: rig_pause(rig), "POST", "/git/trees$")
    rig.tick()
    assert (fault.hits, rig.site.pull("rollback").draft) == (1, True)
    assert rig.site.status(rig.site.pull("rollback")) == "success"
