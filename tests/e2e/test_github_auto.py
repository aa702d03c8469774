"""`promoter run --forge github` against GitHub and a real Prometheus: `merge: auto`."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import NewGitHubProject
from tests.e2e.github_project import an_apps_key
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


def test_an_enterprise_server_has_its_api_below_a_path(github: NewGitHubProject) -> None:
    yolo = github("at-five", policy=a_policy("at-five", merge="auto"), prefix="/api/v3")
    assert yolo.run(minute(6)).did == ["proposed", "status", "merged"]
    assert yolo.weight() == 20


def test_an_app_logs_in_with_its_own_key(github: NewGitHubProject, tmp_path: Path) -> None:
    yolo = github("at-five", policy=a_policy("at-five", merge="auto"))
    key, yolo.hub.app_key = an_apps_key()
    file = tmp_path / "app.pem"
    file.write_text(key, encoding="ascii")
    yolo.environ = {
        "GITHUB_TOKEN": "",
        "PROMOTER_GITHUB_APP_ID": "42",
        "PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE": str(file),
    }
    assert yolo.run(minute(6)).did == ["proposed", "status", "merged"]
    asked = [request.operation for request in yolo.github.log]
    assert asked[:2] == ["apps/get-repo-installation", "apps/create-installation-access-token"]
    token = next(token for value, token in yolo.hub.tokens.items() if "sig-" in value)
    assert {name for name, level in token.permissions.items() if level == "write"} == {
        "contents", "issues", "pull_requests", "statuses",
    }  # fmt: skip
