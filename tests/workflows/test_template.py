"""What `promoter init` writes for a team: the same workflows as ours, and they run in its repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promoter.cli.workflows import FILES, action_of
from tests.cli.running import promoter
from tests.e2e.policies import MANIFEST, NAME, a_manifest
from tests.e2e.project import minute
from tests.workflows.conftest import NewRig
from tests.workflows.rig import ROOT

ACTION = "plant/promoter@" + "c0ffee" * 6 + "c0ff"
OURS = {"promoter.yml": "promote.yml", "promoter-guard.yml": "guard.yml"}
_OWN_STEP = re.compile(
    r"      # (?:`\./`|The judge).*\n(?:      - uses: actions/checkout.*\n(?: {8}.*\n)+\n)?"
)


def settings(text: str) -> str:
    """A workflow without its head's words and without where promoter itself comes from."""
    text = _OWN_STEP.sub("", text[text.index("\non:") :])
    return re.sub(r"- uses: (?:\./\S*|OWNER/promoter@0{40}) #.*", "- uses: promoter", text)


@pytest.mark.parametrize("name", FILES)
def test_the_template_is_what_runs_here(name: str) -> None:
    template = (ROOT / "promoter" / "templates" / name).read_text(encoding="utf-8")
    ours = (ROOT / ".github" / "workflows" / OURS[name]).read_text(encoding="utf-8")
    assert settings(template) == settings(ours)


def test_init_writes_workflows_that_tick_in_the_teams_repository(rig: NewRig, present: float) -> None:
    factory, yolo = rig(workflows=False)
    ran = yolo.promoter("init", MANIFEST, "--policies", "first", "--action", ACTION)
    assert ran.out.splitlines()[1:] == [f"wrote .github/workflows/{name}" for name in FILES]
    for name in FILES:
        file = yolo.root / ".github" / "workflows" / name
        text = file.read_text(encoding="utf-8")
        assert f"uses: {ACTION}\n" in text
        file.write_text(text.replace('policies: "first"', "policies: policies"), encoding="utf-8")
    yolo.git("add", ".github")
    yolo.git("commit", "--quiet", "-m", "Add promoter", at=minute(present - 7))
    ticked = factory.run("schedule", "promoter.yml")
    assert ticked.code == 0, ticked.log
    assert (ticked.report()["name"], ticked.report()["decision"]) == (NAME, "promote")
    head = yolo.commit({MANIFEST: a_manifest(50)}, "too far", at=minute(present))
    yolo.git("update-ref", "refs/pull/7/merge", head)
    yolo.git("reset", "--quiet", "--hard", "HEAD~1")
    payload: dict[str, object] = {
        "pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"sha": head}}
    }
    judged = factory.run("pull_request", "promoter-guard.yml", ref="refs/pull/7/merge", payload=payload)
    assert judged.code == 1
    assert "not the step that is due (20%)" in judged.log


def test_init_keeps_the_workflows_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "vs.yaml").write_text(a_manifest(5), encoding="utf-8")
    mine = tmp_path / ".github" / "workflows" / "promoter.yml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    ran = promoter("init", "vs.yaml", cwd=tmp_path)
    assert (ran.code, mine.read_text(encoding="utf-8")) == (0, "mine")
    assert "wrote .github/workflows/promoter-guard.yml" in ran.out
    assert "in place of OWNER/promoter@0" in ran.err


def test_init_writes_no_workflow_where_none_is_wanted_or_the_action_can_move(tmp_path: Path) -> None:
    (tmp_path / "vs.yaml").write_text(a_manifest(5), encoding="utf-8")
    ran = promoter("init", "vs.yaml", "--action", "plant/promoter@v1", cwd=tmp_path)
    assert (ran.code, list(tmp_path.iterdir())) == (1, [tmp_path / "vs.yaml"])
    assert "tags can move" in ran.err
    assert promoter("init", "vs.yaml", "--no-workflow", cwd=tmp_path).code == 0
    assert not (tmp_path / ".github").exists()


@pytest.mark.parametrize(
    ("origin", "action"),
    [
        (
            {"url": "https://github.com/a/b.git", "vcs_info": {"vcs": "git", "commit_id": "1" * 40}},
            "a/b@" + "1" * 40,
        ),
        (
            {"url": "https://github.com/a/b", "vcs_info": {"vcs": "git", "commit_id": "1" * 40}},
            "a/b@" + "1" * 40,
        ),
        ({"url": "https://git.example.com/a/b", "vcs_info": {"vcs": "git", "commit_id": "1" * 40}}, None),
        ({"url": "https://github.com/a/b", "vcs_info": {"vcs": "git", "commit_id": "v1"}}, None),
        ({"url": "file:///a/b", "dir_info": {}}, None),
        ({}, None),
        ([], None),
    ],
)
def test_the_action_is_where_promoter_was_installed_from(origin: object, action: str | None) -> None:
    assert action_of(origin) == action
