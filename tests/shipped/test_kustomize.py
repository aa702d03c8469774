"""Kustomize: every kustomization builds, holds every file beside it, and agrees with kubectl where there is one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.shipped.kustomize import MANIFESTS, KustomizeError, build, directories, documents, identity

BASE = MANIFESTS / "yolo-detection"


def name(directory: Path) -> str:
    return directory.relative_to(MANIFESTS).as_posix()


@pytest.mark.parametrize("directory", directories(), ids=name)
def test_it_builds_as_kubectl_builds_it(directory: Path, kubectl: str) -> None:
    ran = subprocess.run(
        [kubectl, "kustomize", str(directory)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    theirs = {identity(one): one for one in YAML(typ="safe").load_all(ran.stdout)}
    assert {identity(one): one for one in build(directory)} == theirs


@pytest.mark.parametrize("directory", directories(), ids=name)
def test_every_file_beside_it_is_used(directory: Path) -> None:
    (settings,) = documents(directory / "kustomization.yaml")
    files = {path.name for path in directory.glob("*.yaml")} - {"kustomization.yaml"}
    assert files == {one for one in settings["resources"] if one.endswith(".yaml")}
    assert build(directory)


@pytest.mark.parametrize(
    "directory", [one for one in directories() if one.parent.name == "overlays"], ids=name
)
def test_no_overlay_touches_the_split_that_promoter_edits(directory: Path) -> None:
    """A weight that an overlay patches would hide every promotion and every rollback."""
    ((*_, base),) = [documents(BASE / "virtual-service.yaml")]
    for one in build(directory):
        if one["kind"] == "VirtualService":
            assert one["spec"]["http"] == base["spec"]["http"]


def test_what_kustomize_refuses_is_refused_here(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "kustomization.yaml").write_text("{kind: Kustomization, resources: []}", encoding="utf-8")
    (tmp_path / "file.yaml").write_text("{}", encoding="utf-8")
    for resources in ("[..]", "[../file.yaml]"):
        text = f"{{kind: Kustomization, resources: {resources}}}"
        (tmp_path / "below" / "kustomization.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(KustomizeError):
            build(tmp_path / "below")
