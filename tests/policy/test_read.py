"""read_policy: what a policy means, or every problem at once, as its author reads it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.policy import GaugeCheck, Merge, OnFail, Policy, QuantileCheck, RatioCheck, Unit
from promoter.core.route import RouteRef, WorkloadRef
from promoter.errors import PolicyError
from promoter.policy.read import read_policy

SMALL = """\
version: 1
name: yolo
route: {file: manifests/vs.yaml, kind: VirtualService, name: yolo-vs}
stable: v8-stable
candidates: [v9-gray]
checks:
  success-rate:
    bad: requests_total{version="$version", code=~"5.."}
    total: requests_total{version="$version"}
    at_most: 0.05%
"""
SAMPLE = Path(__file__).parents[2] / "policies" / "yolo-detection.yaml"


def read(text: str) -> Policy:
    return read_policy("policies/yolo.yaml", text.encode())


def told(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read(text)
    return str(caught.value).splitlines()


def with_check(lines: str) -> str:
    head = SMALL.split("checks:\n", maxsplit=1)[0]
    return head + "checks:\n  it:\n" + "".join(f"    {line.strip()}\n" for line in lines.strip().splitlines())


def test_a_small_policy_has_the_documented_defaults() -> None:
    policy = read(SMALL)
    assert policy.name == "yolo"
    assert policy.route == RouteRef(file="manifests/vs.yaml", kind="VirtualService", name="yolo-vs")
    assert [step.percent for step in policy.steps] == [1, 5, 20, 50, 100]
    assert policy.merge is Merge.APPROVAL
    assert (policy.bake.min, policy.bake.max) == (timedelta(minutes=10), timedelta(hours=24))
    assert (policy.settle, policy.apply_deadline) == (timedelta(seconds=90), timedelta(minutes=15))
    assert policy.on_fail is OnFail.FREEZE
    assert (policy.judge.alpha, policy.judge.beta, policy.judge.headroom) == (0.05, 0.05, 0.5)
    assert (policy.metrics.step, policy.metrics.freshness) == (timedelta(seconds=30), timedelta(minutes=2))
    assert policy.ready.render("v9") == 'up{version="v9"}'
    assert policy.requests.render("v9") == 'requests_total{version="v9"}'  # what the first check counts with


def test_the_sample_policy_reads_as_the_issue_asks() -> None:
    policy = read_policy("policies/yolo-detection.yaml", SAMPLE.read_bytes())
    reachable, rate, latency, accuracy, memory = policy.checks
    assert isinstance(reachable, RatioCheck)
    assert policy.requests == reachable.total  # a dead candidate is seen, so its split is too
    assert isinstance(rate, RatioCheck)
    assert rate.at_most == 0.0005
    assert isinstance(latency, QuantileCheck)
    assert (latency.quantile, latency.limit, latency.unit) == (0.99, 50.0, Unit.MILLISECONDS)
    assert isinstance(accuracy, GaugeCheck)
    assert (accuracy.at_least, accuracy.within) == (36.0, 0.02)
    assert isinstance(memory, GaugeCheck)
    assert memory.growth_at_most == 0.15


def test_every_key_of_the_contract_is_read() -> None:
    policy = read(
        SMALL.replace("candidates: [v9-gray]", "candidates: [v9-gray, v10-gray]").replace("version: 1\n", "")
        + """\
version: 1
workloads:
  v9-gray: {file: manifests/gray.yaml, kind: Deployment, name: yolo-v9-gray}
steps: [1, 0.5%, {weight: 50, merge: auto, bake: 2h}, 100]
merge: observe
bake: {min: 5m, max: 2h}
settle: 10s
apply_deadline: 20m
on_fail: rollback
windows: ["Mon-Fri 09:00-18:00 Asia/Shanghai", "Sat,Sun 22:00-02:00 UTC"]
after: [{rollout: line-a, weight: 50, bake: 24h}]
judge: {alpha: 1%, beta: 2%, headroom: 0.25, rule: threshold, threshold: {window: 1m, last: 4, breaches: 2}}
prometheus: {step: 60s, tenant: factory-a, freshness: 5m}
applied: {requests: 'requests_total{version="$version"}'}
ready: kube_pod_ready{version="$version"}
experiment: {hold_at: 20, objective: {metric: accuracy, direction: maximize}}
notify: [PROMOTER_SLACK]
on_freeze: {dispatch: retrain}
""".replace("[1, 0.5%, ", "[1, 20, ")
    )
    assert policy.workloads == (
        ("v9-gray", WorkloadRef(file="manifests/gray.yaml", kind="Deployment", name="yolo-v9-gray")),
    )
    assert (policy.steps[2].percent, policy.steps[2].merge, policy.steps[2].bake) == (
        Fraction(50),
        Merge.AUTO,
        timedelta(hours=2),
    )
    assert policy.windows[1].days == {6, 7}
    assert (policy.after[0].rollout, policy.after[0].percent) == ("line-a", Fraction(50))
    assert policy.checks[0].threshold.last == 4
    assert policy.checks[0].on_fail is OnFail.ROLLBACK
    assert policy.metrics.tenant == "factory-a"
    assert policy.experiment is not None
    assert (policy.notify, policy.dispatch) == (("PROMOTER_SLACK",), "retrain")


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = SMALL.replace("kind: VirtualService", "kind: VirtualSevice").replace("stable:", "stabel:")
    assert told(text + "settle: 60\nmerge: automatic\nmerg: auto\n") == [
        (
            "policies/yolo.yaml:3:40: route.kind: 'VirtualSevice' is none of VirtualService, HTTPRoute; "
            "did you mean VirtualService?"
        ),
        "policies/yolo.yaml:4:1: unknown key 'stabel'; did you mean stable?",
        "policies/yolo.yaml:11:9: settle: 60 has no unit; write 60s, 60m or 60h",
        "policies/yolo.yaml:12:8: merge: 'automatic' is none of approval, auto, observe; did you mean auto?",
        "policies/yolo.yaml:13:1: unknown key 'merg'; did you mean merge?",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("name: yolo2", "'name' stands here twice; keep one of them"),
        ("steps: [5, 5]", "steps[1]: steps must rise, and 5 follows 5"),
        ("steps: [0, 5]", "a weight is above 0 and at most 100 percent, not 0"),
        ("steps: [101]", "a weight is above 0 and at most 100 percent, not 101"),
        ("steps: []", "at least 1"),
        ("steps: {from: 1, by: 0.01}", "1 to 200 are allowed"),
        ("bake: {min: 2h, max: 1h}", "bake: min is longer than max"),
        ("windows: ['Mon 9-18']", "is no window; write it like Mon-Fri 09:00-18:00 Asia/Shanghai"),
        ("windows: ['Mon 09:00-18:00 Asia/Shanghi']", "did you mean Asia/Shanghai"),
        ("windows: ['Mon 09:00-09:00 UTC']", "ends when it starts; a whole day is Mon 00:00-24:00"),
        ("windows: ['Moo 09:00-10:00 UTC']", "'Moo' is no day"),
        ("windows: ['Mon 09:00-25:00 UTC']", "is no time of day"),
        ("after: [{rollout: yolo}]", "cannot wait for itself"),
        (
            "workloads: {v7: {file: a.yaml, kind: Deployment, name: x}}",
            "v7 is neither stable nor a candidate",
        ),
        ("prometheus: {url: 'http://x'}", "comes from the environment (PROMETHEUS_URL …) or flags"),
        (
            "notify: ['slack://token']",
            "write the name of an environment variable; the URL itself is a secret",
        ),
        ("judge: {rule: threshold, threshold: {breaches: 6}}", "breaches (6) cannot be more than last (5)"),
        ("judge: {rule: threshold, threshold: {window: 10s}}", "window must be at least prometheus.step"),
        ("judge: {rule: threshold, threshold: {window: 10h}}", "longer than bake.max"),
        ("judge: {rule: sequental}", "is none of sequential, threshold"),
        ("judge: {threshold: {last: 4}}", "has no effect under rule: sequential"),
        ("judge: {alpha: 0%}", "must be above 0% and below 100%"),
        ("judge: {headroom: 2}", "must be from 0 to 1"),
        ("ready: 'up'", "does not say $version"),
        ("applied: {requests: 'rate(x{version=\"$version\"}[1m])'}", "must be a plain selector"),
        ("x: &a 1", "unknown key 'x'"),
        ("on_freeze: *undefined", "not valid YAML"),
        ("settle: -5s", "is no duration"),
        ("settle: !!int 90s", "a YAML tag has no place in a policy"),
        ("steps: [1e9999999, 5]", "is no weight"),
        ("steps: [1, {weight: 50, bake: 48h}]", "steps[1].bake: is longer than bake.max"),
        ('prometheus: {tenant: "a\\r\\nX: y"}', "it must match"),
        ("stabel: x", "did you mean stable?"),
        ("settle: 400d", "longer than a year"),
    ],
)
def test_a_problem_is_told_with_its_place_and_its_remedy(line: str, problem: str) -> None:
    lines = told(SMALL + line + "\n")
    assert any(problem in one for one in lines), lines
    assert all(one.startswith("policies/yolo.yaml:1") for one in lines)


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    assert not any("token" in line for line in told(SMALL + "notify: ['https://hooks.example/token']\n"))


def test_a_large_file_of_small_mistakes_is_told_soon() -> None:
    assert "unknown key 'x'" in "".join(told(SMALL + f"x: [{'1,' * 20_000}1]\n"))


def test_mistakes_of_different_kinds_are_told_together() -> None:
    lines = told(SMALL + 'setle: 90s\nready: rate(up{v="$version"}[5m])\n')
    assert ["did you mean settle?" in lines[0], "must be a plain selector" in lines[1]] == [True, True]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x.yaml", "a/../b", ".git/config", ".github/x.yaml", "a\\b", "", "a//b"]
)
def test_a_path_outside_the_repository_is_refused(path: str) -> None:
    assert any(
        "route.file" in line
        for line in told(SMALL.replace("manifests/vs.yaml", f'"{path}"'.replace("\\", "\\\\")))
    )


@pytest.mark.parametrize("name", ["Yolo", "yolo_x", "-yolo", "yolo-", "a" * 64, "a/b", "--output=x", "a..b"])
def test_a_name_that_is_no_part_of_a_branch_is_refused(name: str) -> None:
    assert any("name:" in line for line in told(SMALL.replace("name: yolo\n", f"name: {name}\n")))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "this is empty"),
        ("- a\n", "this is no mapping"),
        (SMALL + "---\n" + SMALL, "this has 2 documents"),
        ("a: [", "not valid YAML"),
        ("a: " + "[" * 200 + "]" * 200, "nested more than 100 levels"),
    ],
)
def test_what_is_no_policy_at_all_is_told(text: str, problem: str) -> None:
    assert problem in told(text)[0]


@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
def test_any_bytes_are_read_or_refused_and_never_crash(data: bytes) -> None:
    for whole in (data, SMALL.encode() + data, SMALL.encode().replace(b"0.05%", data), data + SMALL.encode()):
        with suppress(PolicyError):
            read_policy("policies/yolo.yaml", whole)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(
        ["steps", "route", "checks", "bake", "windows", "after", "judge", "candidates", "workloads"]
    ),
)
def test_any_value_under_a_key_is_read_or_refused_and_never_crashes(value: object, key: str) -> None:
    import json  # noqa: PLC0415

    lines = [line for line in SMALL.split("checks:", maxsplit=1)[0].splitlines() if not line.startswith(key)]
    with suppress(PolicyError):
        read(
            "\n".join([*lines, f"{key}: {json.dumps(value)}"])
            + ("" if key == "checks" else "\nchecks:" + SMALL.split("checks:")[1])
        )
