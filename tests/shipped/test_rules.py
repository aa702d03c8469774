"""The shipped PromQL: recording rules and alerts by promtool's own unit tests, the dashboard by its parser."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from promoter.core.policy import GaugeCheck, QuantileCheck, RatioCheck
from promoter.policy.read import read_policy
from tests.shipped.kustomize import MANIFESTS, ROOT, documents

MONITORING = MANIFESTS / "yolo-detection" / "monitoring"
# What `promoter run --metrics-file` writes.
PROMOTER = {
    "promoter_applied",
    "promoter_apply_deadline_seconds",
    "promoter_decision",
    "promoter_eta_seconds",
    "promoter_hold_timestamp_seconds",
    "promoter_last_tick_timestamp_seconds",
    "promoter_step_timestamp_seconds",
    "promoter_weight_percent",
}
SCRAPED = {
    "DCGM_FI_DEV_FB_USED",
    "istio_request_duration_milliseconds_bucket",
    "istio_requests_total",
    "kube_pod_labels",
    "yolo_map50",
}


def groups() -> Any:
    ((rule),) = documents(MONITORING / "prometheus-rule.yaml")
    return rule["spec"]["groups"]


def recorded() -> set[str]:
    return {rule["record"] for group in groups() for rule in group["rules"] if "record" in rule}


def run(binaries: Path, place: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    (place / "rules.json").write_text(text, encoding="utf-8")
    command = [str(binaries / "promtool"), *words]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.prometheus
def test_promtool_accepts_the_rules(prometheus_binaries: Path, tmp_path: Path) -> None:
    ran = run(prometheus_binaries, tmp_path, json.dumps({"groups": groups()}), "check", "rules", "rules.json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{sum(len(group['rules']) for group in groups())} rules found" in ran.stdout


@pytest.mark.prometheus
def test_the_rules_record_and_alert_as_they_should(prometheus_binaries: Path, tmp_path: Path) -> None:
    cases = (Path(__file__).parent / "rules_test.yaml").read_text(encoding="utf-8")
    (tmp_path / "cases.yaml").write_text(cases.replace("RULES", "rules.json"), encoding="utf-8")
    rules = json.dumps({"groups": groups()})
    ran = run(prometheus_binaries, tmp_path, rules, "test", "rules", "cases.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    broken = run(
        prometheus_binaries,
        tmp_path,
        rules.replace("> 4 * 3600", "> 40 * 3600"),
        "test",
        "rules",
        "cases.yaml",
    )
    assert broken.returncode == 1  # the cases can fail


def test_every_rule_and_alert_has_a_case() -> None:
    cases = (Path(__file__).parent / "rules_test.yaml").read_text(encoding="utf-8")
    alerts = {rule["alert"] for group in groups() for rule in group["rules"] if "alert" in rule}
    assert {name for name in recorded() | alerts if name not in cases} == set()


def dashboard() -> Any:
    return json.loads((MONITORING / "dashboards" / "yolo-detection.json").read_text(encoding="utf-8"))


def expressions() -> Iterator[str]:
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (annotation["expr"] for annotation in dashboard()["annotations"]["list"])
    yield from (rule["expr"] for group in groups() for rule in group["rules"])


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_parses_and_asks_for_what_is_there(expression: str) -> None:
    parsed = promql_parser.parse(expression.replace("$rollout", "a"))
    names = set(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?=\{)", str(parsed)))
    bare = {
        name for name in recorded() | PROMOTER | SCRAPED if re.search(rf"\b{re.escape(name)}\b", expression)
    }
    assert names <= recorded() | PROMOTER | SCRAPED
    assert bare


def test_the_dashboard_shows_both_versions_the_limits_and_the_decisions() -> None:
    shown = dashboard()
    assert {panel["title"].partition(" (")[0] for panel in shown["panels"]} >= {
        "Weights and traffic", "Errors", "P99 latency", "mAP@0.5", "GPU memory", "Unreachable",
    }  # fmt: skip
    assert any("promoter_decision" in annotation["expr"] for annotation in shown["annotations"]["list"])
    assert len({panel["id"] for panel in shown["panels"]}) == len(shown["panels"])
    for one in shown["panels"]:
        assert one["gridPos"]["x"] + one["gridPos"]["w"] <= 24


def test_the_dashboards_limits_are_the_sample_policys() -> None:
    policy = read_policy("p.yaml", (ROOT / "policies" / "yolo-detection.yaml").read_bytes())
    limits: dict[str, float | None] = {}
    for check in policy.checks:
        match check:
            case RatioCheck():
                limits[check.name] = check.at_most
            case QuantileCheck():
                limits[check.name] = check.limit
            case GaugeCheck():
                limits[check.name] = check.at_least
    drawn = {
        panel["title"].partition(" (")[0]: [
            step["value"]
            for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
            if step["value"] is not None
        ]
        for panel in dashboard()["panels"]
    }
    for title, name in {
        "Errors": "success-rate", "P99 latency": "p99-latency", "mAP@0.5": "map50", "Unreachable": "reachable",
    }.items():  # fmt: skip
        assert drawn[title] == [limits[name]]
