"""promoter init, lint and schema: what is written can be read, what is wrong is told; offline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import promoter
from tests.manifest.test_edit import PLAIN
from tests.manifest.test_locate import HTTP_ROUTE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("text", [PLAIN, HTTP_ROUTE], ids=["VirtualService", "HTTPRoute"])
def test_the_first_policy_passes_lint(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "route.yaml").write_text(text, encoding="utf-8")
    ran = promoter("init", "manifests/route.yaml", cwd=tmp_path)
    assert (ran.code, ran.out.split(":")[0]) == (0, "wrote policies/yolo.yaml")
    linted = promoter("lint", cwd=tmp_path)
    assert (linted.code, linted.out, linted.err) == (0, "", "1 policy, no problems\n")


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "vs.yaml").write_text(PLAIN, encoding="utf-8")
    assert promoter("init", "vs.yaml", cwd=tmp_path).code == 0
    (tmp_path / "policies" / "yolo.yaml").write_text("mine", encoding="utf-8")
    again = promoter("init", "vs.yaml", cwd=tmp_path)
    assert again.code == 1
    assert "exists already" in again.err
    assert (tmp_path / "policies" / "yolo.yaml").read_text(encoding="utf-8") == "mine"


def test_init_without_a_weighted_route_says_what_is_here(tmp_path: Path) -> None:
    (tmp_path / "vs.yaml").write_text("kind: ConfigMap\n", encoding="utf-8")
    ran = promoter("init", "vs.yaml", cwd=tmp_path)
    assert ran.code == 1
    assert "weighted routes here: none" in ran.err


def test_the_sample_project_passes_lint() -> None:
    assert promoter("lint", cwd=ROOT).code == 0


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("v9-gray]", "v9-gry]", "did you mean v9-gray?"),
        ("steps: [1,", "steps: [0.5,", "not a whole weight"),
        ("virtual-service.yaml", "virtual-servce.yaml", "cannot read"),
        ("at_most: 50ms", "at_most: 50", "50 has no unit; write 50s"),
        ("name: yolo-detection-vs", "name: yolo-vs", "here: VirtualService yolo-detection-vs http[0]"),
    ],
)
def test_lint_tells_what_does_not_fit_together(tmp_path: Path, old: str, new: str, problem: str) -> None:
    for path in ("manifests/yolo-detection/virtual-service.yaml", "policies/yolo-detection.yaml"):
        target = tmp_path / path
        target.parent.mkdir(parents=True)
        text = (ROOT / path).read_text(encoding="utf-8")
        target.write_text(text.replace(old, new) if path.startswith("policies") else text, encoding="utf-8")
    ran = promoter("lint", cwd=tmp_path)
    assert ran.code == 1
    assert problem in ran.out
    assert json.loads(promoter("lint", "--output", "json", cwd=tmp_path).out)["problems"]


def test_the_schema_is_json() -> None:
    ran = promoter("schema", cwd=ROOT)
    assert json.loads(ran.out)["title"] == "promoter policy"
