"""Structure: every shipped manifest, and every overlay's result, is what its schema allows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("virtual-service.yaml", "weight: 5", 'weight: "5"', "/spec/http/1/route/1/weight: must be integer"),
        ("deployment-gray.yaml", "kind: Deployment", "kind: Deploymnt", "has no Deploymnt of apps/v1"),
        ("service.yaml", "app: yolo\n", "app: 5\n", "/metadata/labels/app: must be string"),
        (
            "edge/sticky-split.yaml",
            "applyTo: HTTP_ROUTE",
            "applyTo: HTTP_ROUT",
            "applyTo: must be equal to one of",
        ),
        (
            "gateway-api/http-route.yaml",
            "- name: yolo-v9-gray\n",
            "- nam: yolo-v9-gray\n",
            "must have required property",
        ),
        ("service.yaml", "apiVersion: v1", "apiVersion: v1\n  x: [", "service.yaml:"),
    ],
)
def test_what_breaks_a_schema_is_told_with_its_line(
    validate: list[str], tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    text = (MANIFESTS / "yolo-detection" / file).read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / Path(file).name
    broken.write_text(text.replace(old, new), encoding="utf-8")
    ran = run(validate, broken)
    assert ran.returncode == 1
    assert told in ran.stdout
