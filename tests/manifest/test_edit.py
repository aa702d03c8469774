"""edit: the digits of weight scalars change, and no other byte, whatever the file looks like."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from promoter.core.route import RouteRef
from promoter.errors import ManifestError
from promoter.manifest.edit import edit_weights
from promoter.manifest.locate import LocatedRoute, locate_route

PLAIN = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: yolo
spec:
  http:
    - name: detect
      route:
        - destination:
            host: yolo-service
            subset: v8-stable
          weight: 95
        - destination:
            host: yolo-service
            subset: v9-gray
          weight: 5
"""
REF = RouteRef(file="vs.yaml", kind="VirtualService", name="yolo")
STABLE, GRAY = "yolo-service/v8-stable", "yolo-service/v9-gray"


def located(text: str, ref: RouteRef = REF) -> LocatedRoute:
    return locate_route("vs.yaml", text.encode(), ref)


def edited(text: str, gray: int, ref: RouteRef = REF) -> str:
    return edit_weights(located(text, ref), {STABLE: 100 - gray, GRAY: gray}).decode()


def expected(text: str, gray: int) -> str:
    """What a careful person would type: only the two numbers."""
    return re.sub(r"weight: 5\b", f"weight: {gray}", text).replace("weight: 95", f"weight: {100 - gray}")


ONE_LINE = (
    '{"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "yolo"}, "spec": '
    '{"http": [{"route": [{"destination": {"host": "yolo-service", "subset": "v8-stable"}, "weight": 95}, '
    '{"destination": {"host": "yolo-service", "subset": "v9-gray"}, "weight": 5}]}]}}'
)
FOUR_SPACES = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
    name: "yolo"
spec:
    http:
    -   route:
        -   destination: {host: yolo-service,    subset: v8-stable}
            weight:     95
        -   destination:
                host: 'yolo-service'
                subset: v9-gray
            weight: 5
"""
FORMS = {
    "plain": PLAIN,
    "windows line ends": PLAIN.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + PLAIN,
    "no final newline": PLAIN.rstrip("\n"),
    "comments": PLAIN.replace("weight: 95", "weight: 95 # was ninety").replace(
        "spec:", "# 😀 é\nspec: # here"
    ),
    "a tab before a comment": PLAIN.replace("weight: 95", "weight: 95\t# tab"),
    "aligned values": PLAIN.replace("weight: 95", "weight:     95"),
    "four spaces": FOUR_SPACES,
    "weight first": PLAIN.replace(
        "        - destination:\n            host: yolo-service\n            subset: v9-gray\n          weight: 5\n",
        "        - weight: 5\n          destination:\n            host: yolo-service\n            subset: v9-gray\n",
    ),
    "flow style": PLAIN.replace(
        "        - destination:\n            host: yolo-service\n            subset: v9-gray\n          weight: 5\n",
        "        - {destination: {host: yolo-service, subset: v9-gray}, weight: 5}\n",
    ),
    "json": ONE_LINE,
    "several documents": "%YAML 1.2\n---\n# nothing here\n---\nkind: ConfigMap\nweight: 5\n...\n---\n"
    + PLAIN,
    "trailing documents": PLAIN + "---\n~: null\n--- null\n",
    "an unrelated anchor": "x: &a [1]\ny: *a\n---\n" + PLAIN,
    "long lines": PLAIN.replace(
        "name: yolo\n", "name: yolo\n  annotations:\n    note: " + "long " * 40 + "\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_only_the_weights_digits_change(form: str) -> None:
    text = FORMS[form]
    changed = edited(text, 20)
    before, after = re.split(r"\d+", text), re.split(r"\d+", changed)
    assert before == after  # nothing but digits
    assert changed.count("80") == 1
    back = locate_route("vs.yaml", changed.encode(), REF)
    assert dict(back.split.weights) == {STABLE: 80, GRAY: 20}
    assert edited(changed, 5) == text  # and back again, to the byte


def test_the_same_weights_are_the_same_bytes() -> None:
    assert edited(PLAIN, 5) == PLAIN


def test_other_routes_and_documents_keep_theirs() -> None:
    other = PLAIN.replace("name: yolo\n", "name: other\n")
    text = other + "---\n" + PLAIN + "---\n" + other.replace("name: other", "name: third")
    assert edited(text, 50) == other + "---\n" + expected(PLAIN, 50) + "---\n" + other.replace(
        "name: other", "name: third"
    )


def test_an_absent_weight_that_must_become_explicit_is_one_new_line_in_the_files_style() -> None:
    for newline in ("\n", "\r\n"):
        text = (
            PLAIN.replace("          weight: 5\n", "")
            .replace("weight: 95", "weight: 100")
            .replace("\n", newline)
        )
        changed = edited(text, 5)
        new = [line for line in changed.split(newline) if line not in text.split(newline)]
        assert len(changed.split(newline)) == len(text.split(newline)) + 1
        assert [line.strip().removeprefix("- ") for line in new] == [
            "weight: 95",
            "weight: 5",
            "destination:",
        ][: len(new)]
        assert dict(located(changed).split.weights) == {STABLE: 95, GRAY: 5}


def test_an_absent_weight_in_flow_style_is_inserted_inline() -> None:
    flow = FORMS["flow style"].replace(", weight: 5", "").replace("weight: 95", "weight: 100")
    assert "{destination: {host: yolo-service, subset: v9-gray}, weight: 5}" in edited(flow, 5)
    as_json = ONE_LINE.replace(', "weight": 5}', "}").replace("95", "100")
    route = json.loads(edited(as_json, 5))["spec"]["http"][0]["route"]
    assert [destination["weight"] for destination in route] == [95, 5]


def test_an_implied_weight_that_stays_is_not_written() -> None:
    text = PLAIN.replace("          weight: 5\n", "").replace("weight: 95", "weight: 100")
    assert edit_weights(located(text), {STABLE: 100, GRAY: 0}).decode() == text


@pytest.mark.parametrize("weight", [-1])
def test_a_negative_weight_is_refused(weight: int) -> None:
    with pytest.raises(ManifestError, match="negative"):
        edit_weights(located(PLAIN), {GRAY: weight})


def test_an_unknown_destination_is_refused() -> None:
    with pytest.raises(ManifestError, match="no destination"):
        edit_weights(located(PLAIN), {"yolo-service/v7": 1})


keys = st.sampled_from(["note", "timeout", "weights", "x-weight"])
comments = st.sampled_from(["", "  # weight: 7", " # é 😀", "\t# tab"])
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """A VirtualService in some style, among other documents and routes."""
    indent = draw(st.sampled_from([2, 4]))
    pad = " " * indent
    gray, total = draw(st.integers(0, 100)), 100
    order = draw(st.permutations([("v8-stable", total - gray), ("v9-gray", gray)]))
    lines = [f"{draw(keys)}: {json.dumps(draw(texts), ensure_ascii=False)}"] if draw(st.booleans()) else []
    lines += [
        "apiVersion: networking.istio.io/v1beta1",
        "kind: VirtualService",
        "metadata:",
        f"{pad}name: yolo",
    ]
    lines += ["spec:", f"{pad}http:"]
    if draw(st.booleans()):
        lines += [f"{pad}- name: other", f"{pad}  redirect: {{uri: /x}}{draw(comments)}"]
    lines += [f"{pad}- route:"]
    for subset, weight in order:
        if draw(st.booleans()):
            lines.append(
                f"{pad}  - {{destination: {{host: yolo-service, subset: {subset}}}, weight: {weight}}}"
            )
            continue
        lines += [f"{pad}  - destination:{draw(comments)}", f"{pad}      host: yolo-service"]
        lines += [f"{pad}      subset: {subset}", f"{pad}    weight: {weight}{draw(comments)}"]
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n", "\n# end"]))
    if draw(st.booleans()):
        text = f"# head\nkind: List\nweight: 5\n---\n{text}"
    text = draw(st.sampled_from(["", "\ufeff"])) + text
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(manifests(), st.integers(0, 100))
def test_for_any_manifest_only_weight_digits_change_and_another_edit_leads_back(text: str, gray: int) -> None:
    route = located(text)
    was = dict(route.split.weights)
    changed = edit_weights(route, {STABLE: 100 - gray, GRAY: gray})
    spans = sorted(d.span for d in route.route.destinations if d.span)
    source = route.source.text
    pieces = [
        source[end:start]
        for (_, end), (start, _) in zip([(0, 0), *spans], [*spans, (len(source),) * 2], strict=True)
    ]
    weights = {STABLE: str(100 - gray), GRAY: str(gray)}
    digits = [weights[d.dest] for d in sorted(route.route.destinations, key=lambda d: d.span or (0, 0))]
    whole = "".join(part for pair in zip(pieces, [*digits, ""], strict=True) for part in pair)
    assert changed == route.source.encode(whole)
    assert edit_weights(locate_route("vs.yaml", changed, REF), was) == text.encode()


@given(manifests(), st.integers(0, 100))
def test_another_version_of_the_file_is_read_without_parsing_exactly_as_with(text: str, gray: int) -> None:
    route = located(text)
    changed = edit_weights(route, {STABLE: 100 - gray, GRAY: gray})
    assert route.read_like(changed) == locate_route("vs.yaml", changed, REF).split


@given(manifests(), st.data())
def test_a_file_that_differs_elsewhere_is_not_read_at_a_glance(text: str, data: st.DataObject) -> None:
    route = located(text)
    place = data.draw(st.integers(0, len(route.source.text) - 1))
    assume(
        not any(start <= place < end for start, end in (d.span for d in route.route.destinations if d.span))
    )
    char = "X" if route.source.text[place] != "X" else "Y"
    other = route.source.text[:place] + char + route.source.text[place + 1 :]
    assert route.read_like(other.encode()) is None
