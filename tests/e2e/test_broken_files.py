"""Policies and manifests on base that cannot be used: each told with its place, and nothing is promoted.

All of them lie in one repository and are told in one pass: all problems at once, none hides another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.e2e.policies import DEPLOYMENT, a_manifest, a_policy
from tests.e2e.project import Project, Ran, minute

Change = Callable[[str], str]


def _with(old: str, new: str) -> Change:
    """The text with one thing another; a change that changes nothing would prove nothing."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def _only(text: str) -> Change:
    return lambda _: text


def _same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What was done to a policy, or to its manifest (None: it is not there), and what must be said.

    `says` are regular expressions, one for each line; POLICY and MANIFEST stand for the files.
    """

    says: tuple[str, ...]
    policy: Change = _same
    manifest: Change | None = _same


BROKEN: dict[str, Broken] = {
    "unknown-key": Broken(
        policy=_with("settle:", "settel:"),
        says=(r"POLICY:\d+:1: unknown key 'settel'; did you mean settle\?",),
    ),
    "two-things-wrong": Broken(
        policy=_with("settle: 30s", "settle: soon\nwidnows: []"),
        says=(
            r"POLICY:\d+:9: settle: 'soon' .*like 90s",
            r"POLICY:\d+:1: .*'widnows'; did you mean windows\?",
        ),
    ),
    "wrong-unit": Broken(
        policy=_with("at_most: 50ms", "at_most: 50"), says=(r"POLICY:\d+:\d+: .*at_most: 50 ",)
    ),
    "no-yaml": Broken(policy=_only("version: 1\n\tname: x\n"), says=(r"POLICY:2:1: not valid YAML",)),
    "a-list": Broken(policy=_only("- 1\n"), says=(r"POLICY:1: a policy is one mapping",)),
    "empty": Broken(policy=_only(""), says=(r"POLICY:1: a policy is one mapping",)),
    "no-promql": Broken(
        policy=_with("avg(yolo_map50{", "avg(yolo_map50{{"), says=(r"POLICY:\d+:\d+: .*map50",)
    ),
    "no-steps": Broken(policy=_with("[1, 5, 20, 50, 100]", "[]"), says=(r"POLICY:\d+:\d+: steps: ",)),
    "falling-steps": Broken(
        policy=_with("[1, 5, 20,", "[1, 20, 5,"), says=(r"POLICY:\d+:\d+: .*5 follows 20",)
    ),
    "no-checks": Broken(
        policy=lambda text: re.sub(r"checks:(.|\n)*", "checks: {}\n", text),
        says=(r"POLICY:\d+:\d+: checks: ",),
    ),
    "outside": Broken(
        policy=lambda text: re.sub("file: manifests/[^,]*", "file: ../../etc/passwd", text, count=1),
        says=(r"POLICY:\d+:\d+: .*'\.\./\.\./etc/passwd' must be a path inside the repository",),
    ),
    "absolute": Broken(
        policy=lambda text: re.sub("file: manifests/[^,]*", "file: /etc/passwd", text, count=1),
        says=(r"POLICY:\d+:\d+: .*'/etc/passwd' must be a path inside the repository",),
    ),
    "hostile-name": Broken(
        policy=_with("name: hostile-name", "name: ../../x"), says=(r"POLICY:\d+:\d+: name: ",)
    ),
    "name-is-an-option": Broken(
        policy=_with("name: name-is-an-option", "name: --output=x"), says=(r"POLICY:\d+:\d+: name: ",)
    ),
    "no-manifest": Broken(manifest=None, says=(r"MANIFEST: there is no such file on base",)),
    "no-workload": Broken(
        policy=_with(DEPLOYMENT, "manifests/nowhere.yaml"),
        says=(r"manifests/nowhere.yaml: there is no such file",),
    ),
    "manifest-no-yaml": Broken(manifest=_with("hosts:", "hosts: {"), says=(r"MANIFEST:\d+:\d+: ",)),
    "manifest-empty": Broken(manifest=_only(""), says=(r"MANIFEST: no weighted route",)),
    "template": Broken(
        manifest=_with("weight: 95", "weight: {{ .Values.stable }}"), says=(r"MANIFEST:\d+:\d+: ",)
    ),
    "quoted-weight": Broken(manifest=_with("weight: 95", 'weight: "95"'), says=(r"MANIFEST:\d+:\d+: ",)),
    "negative-weight": Broken(manifest=_with("weight: 95", "weight: -95"), says=(r"MANIFEST:\d+:\d+: ",)),
    "aliased-weight": Broken(
        manifest=lambda text: text.replace("weight: 95", "weight: &w 50").replace(
            "weight: 5 ", "weight: *w "
        ),
        says=(r"MANIFEST:\d+:\d+: ",),
    ),
    "no-such-version": Broken(
        manifest=_with("v9-gray", "v9-grey"),
        says=(r"MANIFEST:\d+:\d+: no destination v9-gray .*did you mean v9-grey",),
    ),
    "another-route": Broken(
        manifest=_with("yolo-detection-vs", "other"),
        says=(r"MANIFEST: no weighted route .* yolo-detection-vs",),
    ),
    "route-twice": Broken(
        manifest=lambda text: f"{text}---\n{text}", says=(r"MANIFEST:18:1: .* stands here twice",)
    ),
}


def _files(name: str, broken: Broken) -> dict[str, str]:
    route = f"{{file: {_manifest(name)}, kind: VirtualService, name: yolo-detection-vs}}"
    files = {_policy(name): broken.policy(a_policy("healthy", merge="auto", name=name, route=route))}
    if broken.manifest is not None:
        files[_manifest(name)] = broken.manifest(a_manifest(5))
    return files


def _policy(name: str) -> str:
    return f"policies/{name}.yaml"


def _manifest(name: str) -> str:
    return f"manifests/{name}/virtual-service.yaml"


@pytest.fixture(scope="module")
def told(prometheus: str, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One tick over everything that is broken: exit 1 and nothing written, and `plan` says the same."""
    files: dict[str, str] = {}
    for name, broken in BROKEN.items():
        files |= _files(name, broken)
    place = tmp_path_factory.mktemp("broken") / "project"
    yolo = Project.create(place, prometheus=prometheus, files=files)
    yolo.commit({"policies/yolo-detection.yaml": None}, "the one that works", at=minute(1))
    before = yolo.state()
    ran = yolo.run(minute(6))
    assert ran.code == 1
    assert yolo.state() == before
    assert yolo.plan(minute(6)).err == ran.err
    return ran


@pytest.mark.parametrize(("name", "broken"), BROKEN.items(), ids=BROKEN)
def test_what_cannot_be_used_is_told_with_its_place(told: Ran, name: str, broken: Broken) -> None:
    lines = [line for line in told.err.splitlines() if line.startswith(f"error: {name}: ")]
    assert len(lines) == len(broken.says), told.err
    for line, words in zip(lines, broken.says, strict=True):
        expected = words.replace("POLICY", re.escape(_policy(name))).replace(
            "MANIFEST", re.escape(_manifest(name))
        )
        assert re.match(f"error: {name}: {expected}", line), line
    (rollout,) = (rollout for rollout in told.document["rollouts"] if rollout["name"] == name)
    assert (rollout["decision"], rollout["to"], rollout["outcome"]) == ("error", None, [])


def test_every_line_is_about_one_of_them(told: Ran) -> None:
    assert len(told.err.splitlines()) == sum(len(broken.says) for broken in BROKEN.values())
    assert "\x1b" not in told.err
