"""Structure: every shipped manifest, and every overlay's result, is what its schema allows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.shipped.kustomize import MANIFESTS, build, directories


def run(command: list[str], *files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, check=False, timeout=300
    )


def test_every_file_and_every_overlay_keeps_its_schema(validate: list[str], tmp_path: Path) -> None:
    files = sorted(MANIFESTS.rglob("*.yaml"))
    for number, directory in enumerate(directories()):
        rendered = tmp_path / f"{number}-{directory.name}.yaml"
        rendered.write_text(
            "---\n".join(json.dumps(one) + "\n" for one in build(directory)), encoding="utf-8"
        )
        files.append(rendered)
    ran = run(validate, *files)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == f"{len(files)} files, no problems\n"


BREAKS = (  # file, what is written there, what it becomes, what is told
    ("virtual-service.yaml", "weight: 5", 'weight: "5"', "/spec/http/1/route/1/weight: must be integer"),
    ("virtual-service.yaml", "subset: v9-gray", "subst: v9-gray", "the key subst is not known"),
    ("virtual-service.yaml", "retryOn", "retryWhen", "the key retryWhen is not known"),
    ("deployment-gray.yaml", "kind: Deployment", "kind: Deploymnt", "there is no schema kubernetes-models/apps/v1/Deploymnt"),
    ("deployment-gray.yaml", "readinessProbe:", "readynessProbe:", "the key readynessProbe is not known"),
    ("service.yaml", "app: yolo\n", "app: 5\n", "/metadata/labels/app: must be string"),
    ("service.yaml", "apiVersion: v1", "apiVersion: v1\n  x: [", "service.yaml:"),
    ("edge/sticky-split.yaml", "applyTo: HTTP_ROUTE", "applyTo: HTTP_ROUT", "applyTo: must be equal to one of"),
    ("gateway-api/http-route.yaml", "- name: yolo-v9-gray\n", "- nam: yolo-v9-gray\n", "must have required property"),
    ("gateway-api/http-route.yaml", "timeouts:", "timeout:", "the key timeout is not known"),
    ("monitoring/pod-monitors.yaml", "podTargetLabels", "podTargetLabel", "the key podTargetLabel is not known"),
    ("../argo-cd/application.yaml", "selfHeal", "selfHeel", "the key selfHeel is not known"),
    ("../flux/yolo-detection.yaml", "prune: true", "prune: maybe", "/spec/prune: must be boolean"),
)  # fmt: skip


def test_what_breaks_a_schema_is_told_with_its_file_and_line(validate: list[str], tmp_path: Path) -> None:
    files = []
    for number, (file, old, new, _) in enumerate(BREAKS):
        text = (MANIFESTS / "yolo-detection" / file).read_text(encoding="utf-8")
        assert old in text
        files.append(tmp_path / f"{number}-{Path(file).name}")
        files[-1].write_text(text.replace(old, new), encoding="utf-8")
    ran = run(validate, *files)
    assert ran.returncode == 1
    for path, (_, _, _, told) in zip(files, BREAKS, strict=True):
        mine = [line for line in ran.stdout.splitlines() if line.startswith(f"{path}:")]
        assert [line for line in mine if told in line and line.removeprefix(f"{path}:")[0].isdigit()], (
            told,
            mine,
        )


def test_no_files_are_no_success(validate: list[str]) -> None:
    assert run(validate).returncode == 1
