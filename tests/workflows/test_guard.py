"""guard.yml really run: the judge and the rules come from base, whatever the pull request brings."""

from __future__ import annotations

import pytest

from tests.e2e.policies import MANIFEST, POLICY, a_manifest, a_policy
from tests.e2e.project import Project, minute
from tests.workflows.conftest import NewRig
from tests.workflows.rig import SECRET, Ran, Rig

WELL = "import os\nprint('all is well')\nos._exit(0)\n"
EVENTS = ("pull_request", "pull_request_review", "merge_group")


def propose(yolo: Project, present: float, files: dict[str, str | None]) -> dict[str, object]:
    """A human's pull request 7; returns what its events carry."""
    yolo.git("checkout", "--quiet", "-B", "change", "main")
    yolo.commit(files, "a change", at=minute(present))
    head = yolo.head("change")
    yolo.git("checkout", "--quiet", "--detach", "main")
    yolo.git("merge", "--quiet", "--no-ff", "-m", "Merge 7", "change", at=minute(present))
    yolo.git("update-ref", "refs/pull/7/merge", "HEAD")
    yolo.git("update-ref", "refs/heads/gh-readonly-queue/main/pr-7", "HEAD")
    queued = yolo.head("HEAD")
    yolo.git("checkout", "--quiet", "main")
    return {
        "pull_request": {
            "number": 7,
            "base": {"ref": "main", "sha": yolo.head()},
            "head": {"sha": head, "ref": "change"},
        },
        "merge_group": {"base_ref": "refs/heads/main", "base_sha": yolo.head(), "head_sha": queued},
    }


def guard(factory: Rig, event: str, payload: dict[str, object]) -> Ran:
    merge = event == "merge_group"
    ref = "refs/heads/gh-readonly-queue/main/pr-7" if merge else "refs/pull/7/merge"
    about = "merge_group" if merge else "pull_request"
    return factory.run(event, "guard.yml", ref=ref, payload={about: payload[about]})


@pytest.mark.parametrize("event", EVENTS)
def test_a_raise_that_is_not_due_fails_the_check_at_its_line(rig: NewRig, present: float, event: str) -> None:
    factory, yolo = rig()
    ran = guard(factory, event, propose(yolo, present, {MANIFEST: a_manifest(50)}))
    assert ran.code == 1
    assert f"{MANIFEST}:16:19: v9-gray goes from 5% to 50%: not the step that is due (20%)" in ran.log
    assert "Summary - ### promoter guard: refused" in ran.log
    assert SECRET not in ran.log


def test_the_step_that_is_due_and_a_change_of_words_pass(rig: NewRig, present: float) -> None:
    factory, yolo = rig()
    ran = guard(factory, "pull_request", propose(yolo, present, {MANIFEST: a_manifest(20)}))
    assert ran.code == 0, ran.log
    assert "the step that is due, every check passed" in ran.log
    ran = guard(factory, "pull_request", propose(yolo, present, {"NOTES.md": "Words.\n"}))
    assert ran.code == 0, ran.log


def test_neither_its_own_policy_nor_its_own_judge_counts(rig: NewRig, present: float) -> None:
    factory, yolo = rig()
    files: dict[str, str | None] = {
        MANIFEST: a_manifest(50),
        POLICY: a_policy("now", steps="[1, 5, 50, 100]"),
        **dict.fromkeys(("promoter/__main__.py", "promoter.py", "secrets.py", "click.py"), WELL),
        "action.yml": "name: nothing\nruns: {using: composite, steps: [{shell: bash, run: 'true'}]}\n",
    }
    payload = propose(yolo, present, files)
    ran = guard(factory, "pull_request", payload)
    assert ran.code == 1, ran.log
    assert "not the step that is due (20%)" in ran.log
    assert "all is well" not in ran.log
    assert "steps changed; until it is merged, base's version judges" in ran.log


def test_without_prometheus_a_raise_fails_and_a_lowering_passes(rig: NewRig, present: float) -> None:
    factory, yolo = rig()
    factory.prometheus = ""
    ran = guard(factory, "pull_request", propose(yolo, present, {MANIFEST: a_manifest(20)}))
    assert ran.code == 1
    assert "no Prometheus is named" in ran.log
    assert guard(factory, "pull_request", propose(yolo, present, {MANIFEST: a_manifest(1)})).code == 0
