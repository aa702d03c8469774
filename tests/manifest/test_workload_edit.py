"""workload_edit: the image and the replicas change, and every other byte is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.route import WorkloadRef
from promoter.errors import ManifestError
from promoter.manifest.workload import read_containers
from promoter.manifest.workload_edit import edit_workload

REF = WorkloadRef(file="d.yaml", kind="Deployment", name="yolo-gray")
TEXT = """\
# the gray model
apiVersion: apps/v1
kind: Deployment
metadata: {name: yolo-gray, annotations: {note: "image: yolo:9"}}
spec:
  replicas: 0   # promoter sets one
  template:
    metadata: {labels: {app: yolo, image: "yolo:9"}}
    spec:
      initContainers:
        - {name: weights, image: models/yolo, args: [--image, "yolo:9"]}
      containers:
        - name: model
          image: yolo:9  # replaced by promoter introduce
          env: [{name: IMAGE, value: 'yolo:9'}]
        - image: "proxy:1"
          name: 'proxy'
---
kind: Deployment
metadata: {name: yolo-stable}
spec: {replicas: 3, template: {spec: {containers: [{name: model, image: 'yolo:9'}]}}}
"""


def edited(text: str, replicas: int | None = None, **images: str) -> str:
    return edit_workload("d.yaml", text.encode(), REF, images=images, replicas=replicas).decode()


def refusal(text: str, replicas: int | None = None, **images: str) -> str:
    with pytest.raises(ManifestError) as caught:
        edited(text, replicas, **images)
    return str(caught.value)


def test_the_image_of_one_container_changes_and_its_replicas() -> None:
    new = edited(TEXT, 1, model="registry.example.com/yolo:10")
    assert new == TEXT.replace("image: yolo:9  #", "image: registry.example.com/yolo:10  #").replace(
        "replicas: 0 ", "replicas: 1 "
    )


def test_quotes_and_flow_style_stay() -> None:
    new = edited(TEXT, proxy="proxy:2", weights="models/yolo:10")
    assert new == TEXT.replace('image: "proxy:1"', 'image: "proxy:2"').replace(
        "models/yolo,", '"models/yolo:10",'
    )


def test_an_image_that_yaml_could_read_as_a_number_is_quoted() -> None:
    assert 'image: "10:20"  #' in edited(TEXT, model="10:20")


def test_the_same_values_give_the_same_bytes() -> None:
    assert edited(TEXT, 0, model="yolo:9") == TEXT


def test_without_a_replicas_field_none_is_added() -> None:
    text = TEXT.replace("  replicas: 0   # promoter sets one\n", "")
    assert edited(text, 1, model="yolo:10") == text.replace("image: yolo:9  #", "image: yolo:10  #")
    empty = TEXT.replace("replicas: 0 ", "replicas: ")
    assert edited(empty, 1, model="yolo:10") == empty.replace("image: yolo:9  #", "image: yolo:10  #")


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    data = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").rstrip().encode()
    new = edit_workload("d.yaml", data, REF, images={"model": "yolo:10"}, replicas=1)
    assert new == data.replace(b"image: yolo:9  #", b"image: yolo:10  #").replace(
        b"replicas: 0 ", b"replicas: 1 "
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("image: yolo:9  #", "image: &x yolo:9  #", "does not edit"),
        ("image: yolo:9  #", "image: !!str yolo:9  #", "does not edit"),
        ("image: yolo:9  # replaced by promoter introduce", "image: >-\n            yolo:9", "does not edit"),
        ("image: yolo:9  #", 'image: "yolo\\x3a9"  #', "does not edit"),
        ("image: yolo:9  #", "image: [yolo]  #", "no text"),
        ("image: yolo:9  #", "image: '{{ .Values.image }}'  #", "template"),
        ("- name: model\n", "- <<: {a: b}\n          name: model\n", "merge key"),
        ("- name: model\n", "- name: model\n          image: twice\n", "twice"),
        ("replicas: 0 ", "replicas: '0' ", "no plain whole number"),
        ("replicas: 0 ", "replicas: 0x1 ", "no plain whole number"),
        ("- name: model", "- name: server", "no container model"),
        ("name: yolo-gray,", "name: yolo-grey,", "no Deployment yolo-gray"),
        ("name: yolo-stable", "name: yolo-gray", "stands here 2 times"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_its_place(old: str, new: str, told: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    message = refusal(text, 1, model="yolo:10")
    assert told in message
    assert message.startswith("d.yaml")


def test_a_pod_template_shared_by_an_alias_is_refused() -> None:
    text = TEXT.replace("  template:\n", "  template: &pod\n") + "---\n"
    text = text.replace("metadata: {name: yolo-stable}\nspec:", "metadata: {name: yolo-stable}\nx:")
    shared = text.replace(
        "    spec:\n      init", "    extra: &c {a: 1}\n    again: *c\n    spec:\n      init", 1
    )
    assert edited(shared, model="yolo:10") != shared  # an alias elsewhere does no harm
    alias = """\
kind: Deployment
metadata: {name: yolo-gray}
x: &pod {spec: {containers: [{name: model, image: 'yolo:9'}]}}
spec: {template: *pod}
"""
    assert "shared by a YAML alias" in refusal(alias, model="yolo:10")


_WORDS = st.text(alphabet="abz019 :#'\"-é", max_size=12)
_IMAGE = st.from_regex(r"[a-z][a-z0-9]{0,5}(/[a-z0-9]{1,5})?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True)


@given(
    comments=st.lists(_WORDS, min_size=4, max_size=4),
    gaps=st.lists(st.sampled_from(["", " ", "   "]), min_size=2, max_size=2),
    quote=st.sampled_from(["", "'", '"']),
    old=_IMAGE,
    new=_IMAGE,
    replicas=st.integers(0, 99),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_only_these_scalars_change_in_any_file(
    comments: list[str], gaps: list[str], quote: str, old: str, new: str, replicas: int, end: str
) -> None:
    lines = [
        f"# {comments[0]}",
        "kind: Deployment",
        "metadata: {name: yolo-gray}",
        "spec:",
        f"  replicas:{gaps[0]} REPLICAS # {comments[1]}",
        "  template:",
        "    spec:",
        "      containers:",
        f"      - image: {gaps[1]}{quote}IMAGE{quote} # {comments[2]}",
        f"        name: model # {comments[3]}",
        "",
    ]
    frame = end.join(lines)
    before = frame.replace("REPLICAS", "7").replace("IMAGE", old)
    after = edit_workload("d.yaml", before.encode(), REF, images={"model": new}, replicas=replicas)
    plain = frame.replace("REPLICAS", str(replicas))
    assert after.decode() in (plain.replace("IMAGE", new), plain.replace("IMAGE", f'"{new}"'))
    assert read_containers("d.yaml", after, REF)[0].image == new
