"""workload: the images behind a version, or why nobody can tell them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.route import WorkloadRef
from promoter.errors import ManifestError
from promoter.manifest.workload import read_images

REF = WorkloadRef(file="d.yaml", kind="Deployment", name="yolo-gray")
TEXT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: yolo-gray
  namespace: vision
spec:
  template:
    spec:
      initContainers:
        - image: models/yolo:v9
      containers:
        - name: server
          image: "server:1.2"
        - image: sidecar@sha256:ab
"""


def images(text: str, ref: WorkloadRef = REF) -> tuple[str, ...]:
    return read_images("d.yaml", text.encode(), ref)


def refusal(text: str, ref: WorkloadRef = REF) -> str:
    with pytest.raises(ManifestError) as caught:
        images(text, ref)
    return str(caught.value)


def test_images_are_the_containers_and_then_the_init_containers() -> None:
    assert images(TEXT) == ("server:1.2", "sidecar@sha256:ab", "models/yolo:v9")


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "Rollout", "Service"])
def test_any_kind_with_a_pod_template_is_read(kind: str) -> None:
    ref = WorkloadRef(file="d.yaml", kind=kind, name="yolo-gray", namespace="vision")
    assert len(images(TEXT.replace("kind: Deployment", f"kind: {kind}"), ref)) == 3


def test_a_workload_inside_a_list_or_among_documents_is_found() -> None:
    listed = "kind: List\nitems:\n- " + TEXT.rstrip().replace("\n", "\n  ")
    other = TEXT.replace("yolo-gray", "other")
    assert images(listed) == images(TEXT) == images(f"{other}---\n{TEXT}---\n# end\n")


def test_an_aliased_image_is_only_read_and_so_is_fine() -> None:
    assert images(TEXT.replace('"server:1.2"', "&i server:1.2").replace("sidecar@sha256:ab", "*i"))[:2] == (
        "server:1.2", "server:1.2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("yolo-gray", "other", "no Deployment yolo-gray here"),
        ("      containers:", "      boxes:", ""),
        ('"server:1.2"', "${IMAGE}", "is a template"),
        ('"server:1.2"', '"{{ .image }}"', "is a template"),
        ('image: "server:1.2"', "<<: {image: a}", "may come from this merge key"),
        ("  template:", "  <<: {a: 1}\n  pods:", "may come from this merge key"),
        ('image: "server:1.2"', "image: a\n          image: b", "stands here twice"),
        ("  template:\n", "  template: 5\n  other:\n", "no mapping"),
        ("kind: Deployment", "kind: Deployment\n  x: [", "not valid YAML"),
    ],
)
def test_what_cannot_be_told_is_refused(old: str, new: str, why: str) -> None:
    text = TEXT.replace(old, new)
    if why:
        assert why in refusal(text)
    else:
        assert images(text) == ("models/yolo:v9",)


def test_a_workload_without_images_or_twice_is_refused() -> None:
    assert "names no image" in refusal(TEXT.split("spec:", maxsplit=1)[0])
    assert "stands here 2 times" in refusal(TEXT + "---\n" + TEXT)
    two = TEXT + "---\n" + TEXT.replace("vision", "other")
    ref = WorkloadRef(file="d.yaml", kind="Deployment", name="yolo-gray", namespace="other")
    assert images(two, ref) == images(TEXT)


@given(st.text(max_size=60), st.sampled_from([4, 20, 60, 120, 180, 260]))
def test_any_text_is_read_or_refused(text: str, place: int) -> None:
    with suppress(ManifestError):
        read_images("d.yaml", (TEXT[:place] + text + TEXT[place:]).encode("utf-8", "replace"), REF)
