"""The monthly workflow: its scripts run as they stand, over a real remote; its token goes where it has to."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.invariants.rig import Rig

ROOT = Path(__file__).parents[1]
FILE = ROOT / ".github" / "workflows" / "drill.yml"
REF = "refs/promoter/drills/yolo"
RECORD = ("Fetch the earlier drills", "Push the record")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    document = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return list(workflow["jobs"]["drill"]["steps"])


def script(workflow: dict[str, Any], name: str) -> str:
    (found,) = (step["run"] for step in steps(workflow) if step.get("name") == name)
    return str(found)


def bash(rig: Rig, text: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """As GitHub runs it: bash -e, in the checkout."""
    env = {"PATH": os.environ["PATH"], "HOME": str(rig.path), "GIT_CONFIG_NOSYSTEM": "1"}
    place = rig.path.parent
    env |= {
        "RUNNER_TEMP": str(place),
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", text],
        cwd=rig.path,
        env={**env, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def record_environ() -> dict[str, str]:
    server = "http.https://github.example.com/.extraheader"
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": server, "TOKEN": "ghs_not-a-real-one"}


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A checkout with a remote, and promoter where the install step puts it."""
    made = Rig(tmp_path / "repo")
    made.git("clone", "-q", "--bare", str(made.path), str(tmp_path / "origin.git"))
    made.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    command = tmp_path / "promoter" / "bin" / "promoter"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m promoter "$@"\n')
    command.chmod(0o755)
    return made


def test_two_months_of_drills_are_compared_and_pushed(workflow: dict[str, Any], rig: Rig) -> None:
    for _ in range(2):
        for name in (RECORD[0], "Rehearse", RECORD[1]):
            environ = record_environ() if name in RECORD else {}
            done = bash(rig, script(workflow, name), **environ)
            assert done.returncode == 0, done.stderr
            assert "ghs_" not in done.stdout + done.stderr
        rig.git("update-ref", "-d", REF)  # the next month's checkout is a fresh one
    origin = str(rig.path.parent / "origin.git")
    assert len(rig.git("--git-dir", origin, "rev-list", REF).splitlines()) == 4
    summary = (rig.path.parent / "summary.md").read_text()
    assert summary.count("### Drill: pause of `yolo`") == summary.count("### Drill: rollback of `yolo`") == 2
    assert rig.git("--git-dir", origin, "for-each-ref", "--format=%(refname)").split() == [
        "refs/heads/main",
        REF,
    ]


def test_a_path_that_does_not_work_fails_the_job_after_both_were_walked(
    workflow: dict[str, Any], rig: Rig
) -> None:
    rig.write("manifests/vs.yaml", "kind: [\n")
    rig.commit("broken")
    done = bash(rig, script(workflow, "Rehearse"))
    assert done.returncode == 1
    assert done.stderr.count("not valid YAML") == 2


def test_the_token_is_given_to_the_steps_of_the_record_alone(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["drill"]["permissions"] == {"contents": "write"}
    named = [step.get("name") for step in steps(workflow) if "github.token" in str(step)]
    assert tuple(named) == RECORD
    (checkout,) = (step for step in steps(workflow) if "checkout" in step.get("uses", ""))
    assert checkout["with"]["persist-credentials"] is False


def test_every_action_is_pinned_by_its_commit() -> None:
    used = re.findall(r"uses: (\S+) # (\S+)", FILE.read_text(encoding="utf-8"))
    assert len(used) == FILE.read_text(encoding="utf-8").count("uses:")
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action) for action, _ in used)


def test_no_expression_stands_in_a_script(workflow: dict[str, Any]) -> None:
    assert not any("${{" in step.get("run", "") for step in steps(workflow))
