"""However a raise is written, the guard sees it: real Git, no Prometheus, so that every raise must be refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from promoter.errors import SettingsError
from promoter.guard import Reviewed, review
from promoter.metrics.protocol import Metrics
from promoter.proposed import Proposed
from promoter.settings import Options
from promoter.wire import open_world
from tests.e2e.policies import MANIFEST, POLICY, a_manifest, a_policy
from tests.e2e.project import Project, minute

Rewrite = Callable[[int], str]


def swapped(percent: int) -> str:
    """The destinations in the other order."""
    text = a_manifest(percent)
    start, end = text.index("        - destination:\n"), text.index("        - destination: {")
    return text[:start] + text[end:] + text[start:end]


def with_another_document(percent: int) -> str:
    return f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: x}}\n---\n{a_manifest(percent)}"


def as_json(percent: int) -> str:
    return (
        '{"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",\n'
        ' "metadata": {"name": "yolo-detection-vs"}, "spec": {"hosts": ["x"], "http": [{"route": [\n'
        f'  {{"destination": {{"host": "yolo-service", "subset": "v8-stable"}}, "weight": {100 - percent}}},\n'
        f'  {{"destination": {{"host": "yolo-service", "subset": "v9-gray"}}, "weight": {percent}}}]}}]}}}}\n'
    )


# Every way of writing a share; the same way of writing 5 % must pass.
READABLE: dict[str, Rewrite] = {
    "as it is": a_manifest,
    "swapped": swapped,
    "another document": with_another_document,
    "JSON": as_json,
    "CRLF": lambda percent: a_manifest(percent).replace("\n", "\r\n"),
    "a byte order mark": lambda percent: "\ufeff" + a_manifest(percent),
    "a bigger total": lambda percent: (
        a_manifest(percent)
        .replace(f"weight: {100 - percent}", f"weight: {1000 - 10 * percent}")
        .replace(f"weight: {percent} ", f"weight: {10 * percent} ")
    ),
    "another host": lambda percent: a_manifest(percent).replace(
        "yolo-service", "yolo.prod.svc.cluster.local"
    ),
    "a port": lambda percent: a_manifest(percent).replace(
        "subset: v9-gray}", "subset: v9-gray, port: {number: 80}}"
    ),
    "another version of the API": lambda percent: a_manifest(percent).replace("io/v1\n", "io/v1beta1\n"),
    "no name of the route": lambda percent: a_manifest(percent).replace(
        "- name: detect\n      route", "- route"
    ),
}

# What cannot be edited cannot be judged: refused at any weight.
UNREADABLE: dict[str, Rewrite] = {
    "quoted": lambda percent: a_manifest(percent).replace(f"weight: {percent} ", f'weight: "{percent}" '),
    "octal": lambda percent: a_manifest(percent).replace(f"weight: {percent} ", f"weight: 0o{percent:o} "),
    "an alias": lambda percent: (
        a_manifest(percent)
        .replace("# cameras", f"\n  annotations: {{w: &w {percent}}} # cameras")
        .replace(f"weight: {percent} ", "weight: *w ")
    ),
    "a merge key": lambda percent: a_manifest(percent).replace(
        "destination: {host: yolo-service", "<<: {}\n          destination: {host: yolo-service"
    ),
    "twice": lambda percent: f"{a_manifest(5)}---\n{a_manifest(percent)}",
    "the weight twice": lambda percent: a_manifest(5) + f"          weight: {percent}\n",
    "a template": lambda percent: a_manifest(percent).replace(f"weight: {percent} ", "weight: {{ .gray }} "),
    "broken": lambda percent: a_manifest(percent) + "  - [",
    "no UTF-8": lambda percent: a_manifest(percent) + "# \udcff\n",
    "two destinations of that version": lambda percent: (
        a_manifest(5)
        + f"        - destination: {{host: other, subset: v9-gray}}\n          weight: {percent}\n"
    ),
}


def reviewed(place: Path, files: dict[str, str | None], base: dict[str, str] | None = None) -> Reviewed:
    """What the guard says of a change with these files, to a base at 5 %."""
    yolo = Project.create(place)
    if base:
        yolo.commit(base, "another base", at=minute(1))
    yolo.git("checkout", "--quiet", "-b", "change")
    for name, text in files.items():
        target = yolo.root / name
        if text is None:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8", "surrogateescape"))
    yolo.git("add", "--all")
    yolo.git("commit", "--quiet", "-m", "a change", at=minute(5))
    yolo.git("checkout", "--quiet", "main")
    options = Options(
        repo=yolo.root, policies="policies", base="main", forge="local", prometheus=None, at=minute(6),
        pinned=True, output="text", verbosity=0, names=(),
    )  # fmt: skip
    world = open_world(options, unknown, acting=False)
    return review(world, Proposed.read(world.repo, "main", "change", "policies"), minute(6))


def unknown(tenant: str | None) -> Metrics:
    """No Prometheus at all: whatever rises is unknown."""
    raise SettingsError("no Prometheus is named")


@pytest.mark.parametrize("name", READABLE)
def test_every_spelling_of_a_raise_is_refused_and_of_the_same_share_is_not(tmp_path: Path, name: str) -> None:
    raised = reviewed(tmp_path / "raised", {MANIFEST: READABLE[name](50)})
    assert [problem.message for problem in raised.refused if "goes from 5% to 50%" in problem.message]
    same = reviewed(tmp_path / "same", {MANIFEST: READABLE[name](5)}) if name != "as it is" else None
    assert same is None or same.refused == ()


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("percent", [5, 50])
def test_what_cannot_be_read_for_sure_is_refused(tmp_path: Path, name: str, percent: int) -> None:
    assert reviewed(tmp_path, {MANIFEST: UNREADABLE[name](percent)}).refused


@pytest.mark.parametrize("name", [*READABLE, *UNREADABLE])
@pytest.mark.parametrize("policy", [None, "loose", "moved", "broken"])
def test_no_change_to_the_policy_helps(tmp_path: Path, name: str, policy: str | None) -> None:
    rewrite = {**READABLE, **UNREADABLE}[name]
    elsewhere = MANIFEST.replace("virtual-service", "moved")
    loose = a_policy("healthy", steps="[50, 100]", checks="")
    files: dict[str, str | None] = {MANIFEST: rewrite(50), POLICY: None}
    match policy:
        case "loose":
            files[POLICY] = loose
        case "moved":
            moved = loose.replace(MANIFEST, elsewhere)
            files = {MANIFEST: None, elsewhere: rewrite(50), POLICY: None, "policies/new.yaml": moved}
        case "broken":
            files[POLICY] = "version: 1\n"
        case _:
            pass  # it is removed
    assert reviewed(tmp_path, files).refused


def test_a_stable_that_is_the_bare_host_does_not_swallow_its_subset(tmp_path: Path) -> None:
    def by_host(percent: int) -> str:
        return a_manifest(percent).replace("            subset: v8-stable\n", "")

    base = {POLICY: a_policy("healthy", stable="yolo-service"), MANIFEST: by_host(5)}
    found = reviewed(tmp_path / "raised", {MANIFEST: by_host(50)}, base)
    assert ["v9-gray goes from 5% to 50%" in problem.message for problem in found.refused] == [True]
    assert reviewed(tmp_path / "lowered", {MANIFEST: by_host(1)}, base).refused == ()


BESIDE = """\
  http:
    - MATCHroute:
        - destination: {host: yolo-service, subset: v9-gray}
"""
TESTERS = BESIDE.replace("MATCH", "match: [{headers: {x-tester: {exact: 'yes'}}}]\n      ")


def test_a_route_that_takes_the_watched_ones_place_is_refused(tmp_path: Path) -> None:
    for number, match in enumerate(("", "match: []\n      ", "match:\n      ")):
        text = a_manifest(5).replace("  http:\n", BESIDE.replace("MATCH", match))
        found = reviewed(
            tmp_path / str(number), {MANIFEST: text, POLICY: None}
        ).refused  # lint has no say without it
        assert [problem.message for problem in found] == [
            "http[0] matches everything before the rollout's route, and sends 100% of its traffic to v9-gray"
        ]


def test_a_route_for_testers_is_told_once_and_one_behind_is_told(tmp_path: Path) -> None:
    text = a_manifest(5).replace("  http:\n", TESTERS)
    found = reviewed(tmp_path / "new", {MANIFEST: text})
    assert found.refused == ()
    told = [problem.message for problem in found.told if "nothing judges or limits it" in problem.message]
    assert [message[:40] for message in told] == ["http[0] sends 100% of its traffic to v9-"]
    again = reviewed(tmp_path / "known", {MANIFEST: text.replace("cameras", "cams")}, {MANIFEST: text})
    assert again.refused == ()
    assert not [problem for problem in again.told if "nothing judges or limits it" in problem.message]
    behind = a_manifest(5) + BESIDE.replace("MATCH", "").split("http:\n")[1]
    assert reviewed(tmp_path / "behind", {MANIFEST: behind}).refused == ()


def test_a_route_that_nobody_can_read_is_refused_in_front_and_told_elsewhere(tmp_path: Path) -> None:
    odd = BESIDE.replace("host: yolo-service, ", "")
    found = reviewed(
        tmp_path / "front", {MANIFEST: a_manifest(5).replace("  http:\n", odd.replace("MATCH", ""))}
    )
    assert any("traffic nobody can tell where" in problem.message for problem in found.refused)
