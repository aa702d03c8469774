"""Two real processes of the command line on one repository on GitHub, started at the same moment."""

from __future__ import annotations

import threading

from tests.e2e.conftest import NewGitHubProject
from tests.e2e.policies import a_policy
from tests.e2e.project import finish, minute
from tests.fakes.github.faults import Fault


def test_two_processes_started_at_once_promote_once(github: NewGitHubProject) -> None:
    """A barrier holds each of them at its first write until the other one is there too."""
    yolo = github("at-five", policy=a_policy("at-five", merge="auto"))
    barrier = threading.Barrier(2)

    def together() -> None:
        barrier.wait(timeout=60)

    yolo.github.faults.append(Fault("POST", "/git/trees$", before=together, times=2))
    started = [yolo.begin("run", "--output", "json", at=minute(6), place=place) for place in ("one", "other")]
    ran = [finish(process) for process in started]
    assert {one.code for one in ran} <= {0, 1}, [one.err for one in ran]
    assert 0 in {one.code for one in ran}
    yolo.run(minute(6.5))
    assert yolo.weight() == 20
    assert len([pull for pull in yolo.site.pulls() if pull.merged]) == 1
    assert yolo.site.pulls(state="open") == []
