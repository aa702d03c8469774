"""promoter init, lint and schema: what is written can be read, what is wrong is told; offline."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import promoter
from tests.git_repository import Scratch
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
        ("v9-gray", "v9-gry", "did you mean v9-gray?"),
        ("steps: [1,", "steps: [0.5,", "not a whole weight"),
        ("virtual-service.yaml", "virtual-servce.yaml", "cannot read"),
        ("at_most: 50ms", "at_most: 50", "50 has no unit; write 50s"),
        ("name: yolo-detection-vs", "name: yolo-vs", "here: VirtualService yolo-detection-vs http[1]"),
    ],
)
def test_lint_tells_what_does_not_fit_together(tmp_path: Path, old: str, new: str, problem: str) -> None:
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    (tmp_path / "policies").mkdir()
    policy = (ROOT / "policies" / "yolo-detection.yaml").read_text(encoding="utf-8")
    (tmp_path / "policies" / "yolo-detection.yaml").write_text(policy.replace(old, new), encoding="utf-8")
    ran = promoter("lint", cwd=tmp_path)
    assert ran.code == 1
    assert problem in ran.out
    assert json.loads(promoter("lint", "--output", "json", cwd=tmp_path).out)["problems"]


@pytest.mark.parametrize("route", ["virtual-service.yaml", "gateway-api/http-route.yaml"])
def test_a_first_policy_for_a_shipped_route_passes_lint(tmp_path: Path, route: str) -> None:
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    assert promoter("init", f"manifests/yolo-detection/{route}", cwd=tmp_path).code == 0
    linted = promoter("lint", "--strict", cwd=tmp_path)
    assert (linted.code, linted.out) == (0, "")


def _project(place: Path) -> Path:
    """The sample project in a repository of its own, committed; the directory of its manifests."""
    scratch = Scratch.create(place / "here")
    for directory in ("manifests", "policies"):
        shutil.copytree(ROOT / directory, scratch.root / directory)
    scratch.git("add", ".")
    scratch.git("commit", "--quiet", "--message=sample")
    return scratch.root / "manifests" / "yolo-detection"


def test_a_warning_fails_only_where_it_is_asked_to(tmp_path: Path) -> None:
    route = _project(tmp_path) / "virtual-service.yaml"
    text = route.read_text(encoding="utf-8")
    route.write_text(text.replace("connect-failure,refused-stream", "connect-failure,5xx"), encoding="utf-8")
    ran = promoter("lint", cwd=tmp_path / "here")
    assert (ran.code, ran.err) == (0, "1 policy, 1 warning\n")
    assert ran.out.startswith("manifests/yolo-detection/virtual-service.yaml:34:")
    assert "warning: retries on 5xx repeat what a pod answered" in ran.out
    assert promoter("lint", "--strict", cwd=tmp_path / "here").code == 1
    (problem,) = json.loads(promoter("lint", "--output", "json", cwd=tmp_path / "here").out)["problems"]
    assert (problem["severity"], problem["line"]) == ("warning", 34)


def test_lint_reads_the_mesh_around_a_route(tmp_path: Path) -> None:
    rule = _project(tmp_path) / "destination-rule.yaml"
    text = rule.read_text(encoding="utf-8")
    rule.write_text(
        text.replace("simple: LEAST_REQUEST", "consistentHash: {useSourceIp: true}"), encoding="utf-8"
    )
    ran = promoter("lint", cwd=tmp_path / "here")
    assert ran.code == 1
    assert "destination-rule.yaml:14:" in ran.out
    assert "consistentHash joins the key of the sticky split" in ran.out


def test_lint_compares_with_an_earlier_commit_where_it_is_named(tmp_path: Path) -> None:
    sticky = _project(tmp_path) / "edge" / "sticky-split.yaml"
    sticky.write_text(sticky.read_text(encoding="utf-8").replace("yolo-9:", "yolo-10:"), encoding="utf-8")
    assert promoter("lint", cwd=tmp_path / "here").code == 0
    ran = promoter("lint", "--since", "main", cwd=tmp_path / "here")
    assert (ran.code, ran.err) == (1, "1 policy, 1 problem\n")
    assert "the key of the split changed while yolo-service/v9-gray carries traffic" in ran.out
    assert promoter("lint", "--since", "--no-such", cwd=tmp_path / "here").code == 1


def test_the_schema_is_json() -> None:
    ran = promoter("schema", cwd=ROOT)
    assert json.loads(ran.out)["title"] == "promoter policy"
