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


TAIL = "            subset: v9-gray\n"


@pytest.mark.parametrize(
    ("tail", "then"),
    [
        (TAIL, ""),
        (TAIL.rstrip("\n"), ""),  # no final newline
        (TAIL.replace("v9-gray", "v9-gray # why: 5\t"), ""),
        (TAIL.replace("v9-gray", "'v9-gray'  "), ""),
        (TAIL, "          # a comment below\n\n"),
        (TAIL + "          headers: {request: {set: {a: b}}}\n", ""),
        (TAIL, "    - name: next\n      redirect: {uri: /}\n---\nkind: ConfigMap\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_an_absent_weight_that_must_become_explicit_is_one_new_line_after_its_siblings(
    tail: str, then: str, newline: str, bom: str
) -> None:
    head = PLAIN.replace("weight: 95", "weight: 100").split(TAIL)[0]
    text = bom + (head + tail + then).replace("\n", newline)
    ended = tail.rstrip("\n")
    new = f"{ended}\n          weight: 5" + ("\n" if tail.endswith("\n") else "")
    expect = bom + (head.replace("weight: 100", "weight: 95") + new + then).replace("\n", newline)
    assert edited(text, 5) == expect


@pytest.mark.parametrize(
    "last", ["x: |\n            text\n", "x:\n", "x: *a\n", "x: [*a]\n", "x:\n          - *a\n"]
)
def test_where_the_last_key_has_no_plain_end_the_weight_still_finds_its_place(last: str) -> None:
    text = PLAIN.replace("weight: 95", "weight: 100").replace("          weight: 5\n", f"          {last}")
    text = text.replace("metadata:\n", "metadata:\n  labels: &a {b: c}\n")
    changed = edited(text, 5)
    assert dict(located(changed).split.weights) == {STABLE: 95, GRAY: 5}
    assert re.sub(r"weight: 5\n +", "", changed) == text.replace("weight: 100", "weight: 95") or (
        changed.replace("\n          weight: 5", "") == text.replace("weight: 100", "weight: 95")
    )


@pytest.mark.parametrize(
    "entry", ["{destination: %s, x: *a}", "{destination: %s, x: }", "{destination: %s, }"]
)
def test_flow_style_with_odd_ends_takes_the_weight_too(entry: str) -> None:
    block = "destination:\n            host: yolo-service\n            subset: v9-gray\n          weight: 5"
    flow = entry % "{host: yolo-service, subset: v9-gray}"
    text = PLAIN.replace("weight: 95", "weight: 100").replace(block, flow)
    text = text.replace("metadata:\n", "metadata:\n  labels: &a {b: c}\n")
    changed = edited(text, 5)
    assert changed.replace(", weight: 5", "") == text.replace("weight: 100", "weight: 95")


def test_a_file_with_alias_bombs_and_cycles_elsewhere_is_edited_at_once() -> None:
    laughs = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    text = f"{PLAIN}---\n{laughs}---\nself: &s [*s]\n"
    assert edited(text, 20) == expected(PLAIN, 20) + text.removeprefix(PLAIN)


def test_a_resource_in_a_list_is_edited_alone() -> None:
    item = PLAIN.rstrip().replace("\n", "\n  ")
    text = f"kind: List\nitems:\n- {item.replace('name: yolo', 'name: other')}\n- {item}\n"
    assert edited(text, 20) == text.split(f"- {item}", maxsplit=1)[0] + f"- {expected(item, 20)}\n"


def test_an_absent_weight_in_flow_style_is_inserted_inline() -> None:
    flow = FORMS["flow style"].replace(", weight: 5", "").replace("weight: 95", "weight: 100")
    assert "{destination: {host: yolo-service, subset: v9-gray}, weight: 5}" in edited(flow, 5)
    as_json = ONE_LINE.replace(', "weight": 5}', "}").replace("95", "100")
    route = json.loads(edited(as_json, 5))["spec"]["http"][0]["route"]
    assert [destination["weight"] for destination in route] == [95, 5]


def test_an_implied_weight_that_stays_is_not_written() -> None:
    text = PLAIN.replace("          weight: 5\n", "").replace("weight: 95", "weight: 100")
    assert edit_weights(located(text), {STABLE: 100, GRAY: 0}).decode() == text


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ({GRAY: -1}, "negative"),
        ({GRAY: 2**31}, "too large"),
        ({GRAY: 0, STABLE: 0}, "sum to 0"),
    ],
)
def test_weights_that_no_route_can_carry_are_refused_with_their_place(new: dict[str, int], why: str) -> None:
    with pytest.raises(ManifestError, match=f"^vs.yaml:9:11: .*{why}"):
        edit_weights(located(PLAIN), new)


def test_the_largest_weight_is_carried() -> None:
    largest = {GRAY: 2**31 - 1, STABLE: 0}
    assert dict(located(edit_weights(located(PLAIN), largest).decode()).split.weights) == largest


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


@given(manifests(), st.from_regex(r"[0-9]{1,12}", fullmatch=True))
def test_whatever_digits_stand_there_the_glance_says_what_parsing_says(text: str, digits: str) -> None:
    route = located(text)
    start, end = next(d.span for d in route.route.destinations if d.span)
    other = route.source.encode(route.source.text[:start] + digits + route.source.text[end:])
    try:
        parsed = locate_route("vs.yaml", other, REF).split
    except ManifestError:
        parsed = None
    assert route.read_like(other) == parsed
