"""kustomize: an `images:` entry that reaches the manifest is found, and no other."""

from __future__ import annotations

import pytest

from promoter.manifest.kustomize import image_override

FILE = "manifests/yolo/deployment-gray.yaml"
BASE = "manifests/yolo/kustomization.yaml"
NAMES = frozenset({"registry.example.com/yolo"})
ENTRY = "images:\n  - name: other\n    newTag: '1'\n  - name: registry.example.com/yolo\n    newTag: '9'\n"
BRINGS = "resources: [deployment-gray.yaml]\n"


def found(files: dict[str, str]) -> str | None:
    override = image_override({path: text.encode() for path, text in files.items()}, FILE, NAMES)
    return str(override[0]) if override else None


def test_an_entry_beside_the_manifest_is_found_at_its_line() -> None:
    assert found({BASE: BRINGS + ENTRY}) == f"{BASE}:5:5"


@pytest.mark.parametrize("key", ["resources", "bases", "components"])
def test_an_overlay_of_an_overlay_is_found(key: str) -> None:
    files = {
        BASE: BRINGS,
        "overlays/site/kustomization.yml": f"{key}:\n  - ../../manifests/yolo/\n",
        "overlays/site/night/Kustomization": f"{key}: [..]\n{ENTRY}",
    }
    assert found(files) == "overlays/site/night/Kustomization:5:5"


def test_a_kustomization_at_the_root_is_found() -> None:
    assert found({"kustomization.yaml": "resources: [./manifests/yolo]\n" + ENTRY, BASE: BRINGS})


@pytest.mark.parametrize(
    "files",
    [
        {},
        {BASE: BRINGS},
        {BASE: "resources: [deployment-stable.yaml]\n" + ENTRY},
        {BASE: BRINGS + "images:\n  - name: yolo\n    newTag: '9'\n"},
        {BASE: BRINGS, "other/kustomization.yaml": "resources: [https://example.com/yolo]\n" + ENTRY},
        {BASE: BRINGS + "images: 5\n"},
        {BASE: "resources: {a: b}\n" + ENTRY},
        {BASE: "resources: [\n"},
        {BASE: ""},
        {BASE: "resources: [.]\n" + ENTRY},
    ],
    ids=[
        "none",
        "no images",
        "another file",
        "another name",
        "remote",
        "odd",
        "odd too",
        "broken",
        "empty",
        "loop",
    ],
)
def test_what_does_not_set_this_image_is_let_through(files: dict[str, str]) -> None:
    assert found(files) is None


def test_kustomizations_that_include_each_other_end() -> None:
    files = {
        f"d{n}/kustomization.yaml": f"resources: [{', '.join(f'../d{m}' for m in range(12))}]\n{ENTRY}"
        for n in range(12)
    }
    assert found(files) is None
