"""Both workflows really run against GitHub: from the schedule to a pull request that may or may not be merged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.github_project import GitHubProject, github_project
from tests.e2e.policies import MANIFEST, NAME, a_manifest, a_policy
from tests.e2e.project import minute
from tests.fakes.github.hub import BOT
from tests.fakes.github.state import Pull
from tests.workflows.conftest import SINCE
from tests.workflows.rig import ROOT, TOKEN, Ran, Rig, shipped_files

READER = "ghs_" + "Reader1234" * 4
READS = {"contents": "read", "issues": "read", "pull_requests": "read", "statuses": "read"}


@pytest.fixture
def site(plant: str, tmp_path: Path, present: float) -> Iterator[tuple[Rig, GitHubProject]]:
    """The team's repository on GitHub with the workflows on base, and the rig that runs them."""
    began = present - SINCE
    files = {
        path: (ROOT / path).read_text(encoding="utf-8")
        for path in [*shipped_files(), ".github/workflows/promote.yml", ".github/workflows/guard.yml"]
    }
    policy = a_policy("now")
    with github_project(
        tmp_path / "github", plant, weights=((began - 20, 1), (began, 5)), policy=policy, files=files
    ) as yolo:
        yolo.site.at = minute(present)
        yolo.hub.token(TOKEN)
        yolo.hub.token(READER, "github-actions[bot]", "actions", **READS)
        runs = tmp_path / "runs"
        runs.mkdir()
        rig = Rig(
            place=runs,
            origin=yolo.hub.bare.root,
            prometheus=plant,
            repository=yolo.hub.full_name,
            token=READER,
        )
        rig.environ = {
            "PROMOTER_FORGE": "auto",
            "RIG_SLUG": BOT.removesuffix("[bot]"),
            "GITHUB_API_URL": yolo.github.url,
            "GITHUB_SERVER_URL": yolo.github.url,
        }
        yield rig, yolo


def a_pull(yolo: GitHubProject, branch: str, files: dict[str, str]) -> Pull:
    """An engineer's pull request, and its refs as GitHub keeps them."""
    hub = yolo.hub
    hub.create_ref(f"refs/heads/{branch}", hub.head(), "grace")
    made = {path: text.encode() for path, text in files.items()}
    yolo.site.commit(made, "a change", branch=branch)
    pull = hub.open_pull("grace", head=branch, title="a change")
    for name in ("head", "merge"):
        hub.bare.git("update-ref", f"refs/pull/{pull.number}/{name}", pull.head)
    return pull


def guard(rig: Rig, yolo: GitHubProject, pull: Pull, event: str = "pull_request", *, bot: str = BOT) -> Ran:
    about = {"number": pull.number, "base": {"ref": yolo.hub.base}, "head": {"sha": pull.head}}
    return rig.run(
        event,
        "guard.yml",
        ref=f"refs/pull/{pull.number}/merge",
        payload={"pull_request": about},
        variables={"PROMOTER_BOT": bot, "PROMOTER_CLIENT_ID": "Iv1.test" if bot else ""},
    )


def test_a_scheduled_tick_opens_the_pull_request_and_judges_everybody_elses(
    site: tuple[Rig, GitHubProject],
) -> None:
    rig, yolo = site
    words = a_pull(yolo, "words", {"NOTES.md": "Words.\n"})
    far = a_pull(yolo, "far", {MANIFEST: a_manifest(50)})
    ran = rig.run("schedule", "promote.yml", ref=f"refs/heads/{yolo.hub.base}")
    assert ran.code == 0, ran.log
    proposal = yolo.site.pull("5-to-20")
    assert proposal.author == BOT
    assert [yolo.site.status(pull) for pull in (proposal, words, far)] == ["success", "success", "failure"]
    assert [path.name for path in ran.artifacts.glob("promoter-evidence/evidence-*.json")]


def test_the_promotion_passes_the_guard_at_the_moment_of_approval_and_not_while_paused(
    site: tuple[Rig, GitHubProject],
) -> None:
    rig, yolo = site
    rig.run("schedule", "promote.yml", ref=f"refs/heads/{yolo.hub.base}")
    proposal = yolo.site.pull("5-to-20")
    for name in ("head", "merge"):
        yolo.hub.bare.git("update-ref", f"refs/pull/{proposal.number}/{name}", proposal.head)
    ran = guard(rig, yolo, proposal, "pull_request_review")
    assert ran.code == 0, ran.log
    assert "the step that is due, every check passed" in ran.log
    inputs = {"command": "pause", "rollout": NAME, "reason": "line stopped"}
    ran = rig.run("workflow_dispatch", "promote.yml", ref=f"refs/heads/{yolo.hub.base}", inputs=inputs)
    assert ran.code == 0, ran.log
    assert yolo.site.hold().state == "open"
    ran = guard(rig, yolo, proposal, "pull_request_review")
    assert ran.code == 1
    assert "(hold: paused by ada" in ran.log


def test_before_anything_is_set_up_the_guard_fails_and_the_bot_does_nothing(
    site: tuple[Rig, GitHubProject],
) -> None:
    """A guard that was skipped instead would pass where its check is required."""
    rig, yolo = site
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)})
    ran = guard(rig, yolo, due, bot="")
    assert ran.code == 1
    assert "set the repository variable PROMOTER_BOT" in ran.log
    ran = rig.run(
        "schedule",
        "promote.yml",
        ref=f"refs/heads/{yolo.hub.base}",
        variables={"PROMOTER_CLIENT_ID": "", "PROMOTER_BOT": ""},
    )
    assert (ran.code, yolo.site.pulls("promoter/")) == (0, [])
