"""`promoter run --forge github` against GitHub and a real Prometheus: `merge: auto`."""

from __future__ import annotations

from tests.e2e.conftest import NewGitHubProject
from tests.e2e.policies import a_policy
from tests.e2e.project import minute
from tests.fakes.github.hub import BOT


def test_a_healthy_release_climbs_from_1_to_100(github: NewGitHubProject) -> None:
    yolo = github(policy=a_policy("healthy", merge="auto"), weights=((-20, 1),))
    for at, weight in ((0, 5), (6, 20), (12, 50), (18, 100)):
        ran = yolo.run(minute(at))
        assert (ran.decision, ran.did) == ("promote", ["proposed", "status", "merged"]), ran.err
        assert yolo.weight() == weight
    assert yolo.run(minute(24)).decision == "done"
    assert [pull.merged is not None for pull in yolo.site.pulls()] == [True] * 4
    assert [branch for branch in yolo.hub.state.refs if "promoter/" in branch] == []
    assert {pull.author for pull in yolo.site.pulls()} == {BOT}
    assert all(yolo.hub.bare.commit(pull.head).signed for pull in yolo.site.pulls())
    assert {yolo.site.status(pull) for pull in yolo.site.pulls()} == {"success"}
