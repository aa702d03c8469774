"""The workflows are clean: every action pinned, nothing interpolated into a script, no dangerous trigger."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.workflows.rig import ROOT, tool

FILES = sorted(
    [
        ROOT / "action.yml",
        *(ROOT / ".github" / "workflows").glob("*.yml"),
        *(ROOT / "promoter" / "templates").glob("*.yml"),
    ]
)
_PINNED = re.compile(r"uses: (?:\./\S*|[\w.-]+/[\w.-]+@[0-9a-f]{40}) +# +\S+|uses: \./\S*")


def check(name: str, *words: str) -> str:
    done = subprocess.run(
        [tool(name), *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}" or str(done.returncode)


def test_zizmor_has_nothing_to_say() -> None:
    assert check("zizmor", "--offline", "--quiet", "--no-progress", "--pedantic", *map(str, FILES)) == ""


def test_actionlint_has_nothing_to_say() -> None:
    assert check("actionlint", *(str(file) for file in FILES if file.name != "action.yml")) == ""


def test_both_would_say_something(tmp_path: Path) -> None:
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: echo ${{ github.event.pull_request.title }}\n",
        encoding="utf-8",
    )
    assert "unpinned-uses" in check("zizmor", "--offline", "--no-progress", str(bad))
    assert "potentially untrusted" in check("actionlint", str(bad))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_action_is_pinned_and_no_expression_reaches_a_script(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    uses = [line for line in text.splitlines() if re.match(r"\s*(- )?uses:", line)]
    assert [line for line in uses if not _PINNED.search(line)] == []
    assert "pull_request_target" not in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    scripts = re.findall(r"run: \|\n((?:(?: {8,}.*)?\n)+)", text)
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_one_action_has_one_commit_everywhere(file: Path) -> None:
    known = {
        name: commit
        for other in FILES
        for name, commit in re.findall(
            r"uses: (actions/[\w-]+)@([0-9a-f]{40} # v[\d.]+)", other.read_text("utf-8")
        )
    }
    found = re.findall(r"uses: (actions/[\w-]+)@(.*)", file.read_text(encoding="utf-8"))
    assert all(known[name] == commit for name, commit in found)


@pytest.mark.parametrize("file", [".github/workflows/promote.yml", "promoter/templates/promoter.yml"])
def test_a_button_is_never_dropped_for_a_tick_that_waits(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    (group,) = re.findall(r"\n  group: (.*)", text)
    assert group == "promoter-${{ github.event_name == 'schedule' && 'tick' || github.run_id }}"
    assert "cancel-in-progress: false" in text


@pytest.mark.parametrize("file", [file for file in FILES if "guard" in file.name], ids=lambda file: file.name)
def test_the_guard_is_skipped_nowhere(file: Path) -> None:
    """GitHub counts a required check that was skipped as passed."""
    assert not re.search(r"^\s*if:", file.read_text(encoding="utf-8"), re.MULTILINE)


def test_a_tick_and_the_look_at_everybodys_end_before_the_job_is_killed() -> None:
    """Each within its time for GitHub, a last answer (connection.py) and Prometheus (settings.py), beside the rest."""
    (seconds,) = re.findall(
        r"PROMOTER_GITHUB_SECONDS:-(\d+)", (ROOT / "action.yml").read_text(encoding="utf-8")
    )
    workflow = (ROOT / "promoter" / "templates" / "promoter.yml").read_text(encoding="utf-8")
    (minutes,) = re.findall(r"timeout-minutes: (\d+)", workflow)
    assert 2 * (int(seconds) + 90 + 30) <= (int(minutes) - 1) * 60
