"""What the forge refuses is told, and stops nothing that stops or goes back."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from promoter.cli.render import exit_code, troubles
from promoter.core.outcome import Did, Row
from promoter.errors import ExitCode
from tests.fakes.github.faults import Fault
from tests.fakes.github.state import Rules, Settings
from tests.invariants.github_rig import GitHubRig, github_rig
from tests.invariants.rig import POLICY


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[GitHubRig]:
    """5 %, healthy, `merge: auto`."""
    with github_rig(tmp_path) as made:
        yield made


def did(row: Row) -> list[Did]:
    return [outcome.did for outcome in row.outcomes]


def test_a_freeze_that_cannot_be_recorded_still_fails_the_status_and_prepares_the_way_back(
    rig: GitHubRig,
) -> None:
    rig.site.hub.rules = Rules(reviews=1)
    rig.tick()  # a promotion waits for its review
    promotion = rig.site.pull("5-to-20")
    rig.site.hub.settings = Settings(issues=False)
    rig.fall_sick(10)
    row = rig.tick()
    assert did(row)[0] is Did.REFUSED
    assert "issues switched off" in row.outcomes[0].detail
    assert rig.site.status(promotion) == "failure"
    assert rig.site.pull("rollback-").draft


def test_a_refusal_is_told_with_the_rollout_and_fails_the_run(rig: GitHubRig) -> None:
    told = "GitHub Actions is not permitted to create or approve pull requests."
    rig.github.faults.append(Fault("POST", "/pulls$", status=403, message=told))
    report = rig.report()
    (line,) = troubles(report)
    assert line.startswith("yolo: promoter/yolo/v9-5-to-20-")
    assert "Settings, Actions, General" in line
    assert exit_code(report) is ExitCode.ERROR
    assert rig.on_base() == 5
    assert [ref for ref in rig.site.hub.state.refs if "promoter/" in ref] == []


def test_after_a_refusal_nothing_is_promoted(rig: GitHubRig) -> None:
    rig.site.hub.rules = Rules(reviews=1)
    rig.tick()
    rig.site.hub.rules = Rules()
    rig.set_weight(7)  # the open proposal is out of date
    rig.pass_time()
    told = "Resource not accessible by integration"
    rig.github.faults.append(Fault("PATCH", "/pulls/", status=403, message=told, times=9))
    row = rig.tick()
    assert did(row) == [Did.REFUSED]
    assert rig.on_base() == 7


def test_a_required_status_does_not_block_the_way_back(rig: GitHubRig) -> None:
    rig.fall_sick(10)
    rig.tick()
    assert rig.site.status(rig.site.pull("rollback-")) == "success"
    rig.site.hub.rules = Rules(checks=(("rollout/health", None),))
    rig.roll_back()
    assert rig.on_base() == 0


def test_a_freeze_sends_its_event_with_the_evidence(tmp_path: Path) -> None:
    with github_rig(tmp_path, policy=POLICY + "on_freeze: {dispatch: retrain}\n") as rig:
        rig.fall_sick(10)
        row = rig.tick()
        assert Did.NOTIFIED in did(row)
        (sent,) = rig.site.hub.dispatched
        assert sent["event_type"] == "retrain"
        payload = sent["client_payload"]
        assert isinstance(payload, dict)
        assert (payload["rollout"], payload["kind"]) == ("yolo", "freeze")
        assert sha256(payload["evidence"].encode()).hexdigest() == payload["digest"]
        rig.tick()
        assert len(rig.site.hub.dispatched) == 1


def test_an_event_that_cannot_be_sent_is_told_and_the_hold_stands(tmp_path: Path) -> None:
    with github_rig(tmp_path, policy=POLICY + "on_freeze: {dispatch: retrain}\n") as rig:
        rig.github.faults.append(Fault("POST", "/dispatches$", status=502))
        rig.fall_sick(10)
        row = rig.tick()
        (failed,) = [outcome for outcome in row.outcomes if outcome.did is Did.FAILED]
        assert "not clear whether the event retrain was sent" in failed.detail
        assert len(rig.site.holds("open")) == 1
