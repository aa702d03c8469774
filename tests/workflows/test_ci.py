"""ci.yml really run: what it hands to the gate, and that it fails where the gate does.

The gate itself is stood in for by a script that notes how it was called: these tests are a part of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.workflows.rig import ROOT, Ran, Rig, git

GATE = """\
#!/usr/bin/env bash
echo "gate: $(git rev-list --count HEAD) commits, $(git ls-files | wc -l) files, $(python -c 'print(6 * 7)')"
exit $(cat result)
"""


def ci(place: Path, event: str, ref: str = "refs/heads/main", *, result: int = 0) -> Ran:
    """One run of ci.yml in a repository of two commits whose gate ends with this code."""
    origin = place / "origin"
    (origin / ".ci").mkdir(parents=True)
    (origin / ".ci" / "run").write_text(GATE, encoding="utf-8")
    (origin / ".ci" / "run").chmod(0o755)
    (origin / "result").write_text(f"{result}\n", encoding="utf-8")
    git(origin, "init", "--quiet", "--initial-branch=main")
    who = ("-c", "user.name=ada", "-c", "user.email=ada@plant.example")
    git(origin, "add", "--all")
    git(origin, *who, "commit", "--quiet", "-m", "the gate")
    (origin / ".github" / "workflows").mkdir(parents=True)
    shutil.copy2(ROOT / ".github" / "workflows" / "ci.yml", origin / ".github" / "workflows")
    git(origin, "add", "--all")
    git(origin, *who, "commit", "--quiet", "-m", "the workflow")
    git(origin, "update-ref", "refs/pull/7/merge", "HEAD")
    runs = place / "runs"
    runs.mkdir()
    return Rig(place=runs, origin=origin, prometheus="").run(event, "ci.yml", ref=ref)


@pytest.mark.parametrize(
    ("event", "ref"),
    [("push", "refs/heads/main"), ("pull_request", "refs/pull/7/merge"), ("merge_group", "refs/heads/main")],
)
def test_the_gate_runs_on_every_python_with_the_whole_history(tmp_path: Path, event: str, ref: str) -> None:
    ran = ci(tmp_path, event, ref)
    assert ran.code == 0, ran.log
    assert ran.log.count("gate: 2 commits, 3 files, 42") == len(("3.11", "3.14"))


def test_a_failing_gate_fails_the_workflow(tmp_path: Path) -> None:
    ran = ci(tmp_path, "push", result=3)
    assert ran.code != 0
    assert "gate: 2 commits" in ran.log
