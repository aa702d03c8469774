"""The sample policy over the sample manifests, with a real Prometheus: a dead candidate freezes, a live one does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import promoter
from tests.git_repository import T0, Scratch
from tests.prometheus_server import History, running_prometheus
from tests.shipped.kustomize import ROOT

pytestmark = pytest.mark.prometheus

BEGIN, END, RATE = -600.0, 1500.0, 200.0  # seconds around T0, when base got 5 %; requests a second
SERVICE = {"destination_service_name": "yolo-service"}


def a_history(*, dead: bool, labelled: bool = True) -> History:
    """Five percent of the traffic since T0; a dead version's requests end at the gateway, without any pod's metrics."""
    history = History()
    for version, share in (("v8-stable", 0.95), ("v9-gray", 0.05)):
        unreached = dead and version == "v9-gray"
        flags = ("503", "URX,UF") if unreached else ("200", "-")
        told = {"model_version": version} if labelled else {}
        source = {
            **SERVICE,
            **told,
            "reporter": "source",
            "response_code": flags[0],
            "response_flags": flags[1],
        }
        _climb(history, "istio_requests_total", source, RATE * share)
        _gauges(history, version, up=not unreached)
        if unreached:
            continue
        answered = {
            **SERVICE,
            "reporter": "destination",
            "destination_version": version,
            "response_code": "200",
        }
        _climb(history, "istio_requests_total", answered, RATE * share)
        for edge in ("25", "50", "100", "+Inf"):
            _climb(
                history, "istio_request_duration_milliseconds_bucket", {**answered, "le": edge}, RATE * share
            )
        _climb(history, "istio_request_duration_milliseconds_count", answered, RATE * share)
    return history


def _climb(history: History, name: str, labels: dict[str, str], rate: float) -> None:
    start = T0.timestamp()
    history.climb(name, labels, start=start + BEGIN, end=start + END, rate=rate)


def _gauges(history: History, version: str, *, up: bool) -> None:
    start, labels = T0.timestamp(), {"version": version}
    times = [start + BEGIN + 15 * number for number in range(int((END - BEGIN) / 15) + 1)]
    history.gauge("up", labels, [(moment, float(up)) for moment in times])
    for name, value in (("yolo_map50", 37.3), ("yolo:gpu_memory_mib:avg", 2200.0)):
        history.gauge(name, labels, [(moment, value + moment % 7 / 1000) for moment in times] if up else [])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sample project in a repository of its own, at 5 % since T0."""
    scratch = Scratch.create(tmp_path / "repo")
    for directory in ("manifests", "policies"):
        shutil.copytree(ROOT / directory, scratch.root / directory)
    scratch.git("add", ".")
    scratch.git("commit", "--quiet", "--message=sample")
    return scratch.root


@pytest.fixture(scope="module", params=[True, False], ids=["dead", "alive"])
def server(
    request: pytest.FixtureRequest, prometheus_binaries: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[bool, str]]:
    place = tmp_path_factory.mktemp("prometheus")
    with running_prometheus(prometheus_binaries, a_history(dead=request.param), place) as running:
        yield request.param, running.url


def plan(project: Path, url: str, at: datetime, *, code: int = 0) -> dict[str, Any]:
    words = ("plan", "--output", "json", "--at", at.astimezone(UTC).isoformat())
    ran = promoter(*words, cwd=project, PROMETHEUS_URL=url)
    assert ran.code == code, ran.err
    (found,) = json.loads(ran.out)["rollouts"]
    return dict(found)


def test_a_candidate_that_refuses_connections_freezes(project: Path, server: tuple[bool, str]) -> None:
    dead, url = server
    found = plan(
        project, url, T0 + timedelta(minutes=20), code=1 if dead else 0
    )  # 1: other checks have no data
    verdicts = {check["name"]: check["verdict"] for check in found["checks"]}
    assert found["applied"] is True  # the gateway sent it its share
    if dead:
        assert (found["decision"], verdicts["reachable"]) == ("freeze", "fail")
        assert (
            verdicts["success-rate"] == "inconclusive"
        )  # its own counters are silent, and silence proves nothing
    else:
        assert verdicts["reachable"] != "fail"
        assert found["decision"] in ("promote", "wait")


def test_without_the_gateways_label_nothing_is_promoted(
    project: Path, prometheus_binaries: Path, tmp_path: Path
) -> None:
    place = tmp_path / "prometheus"
    place.mkdir()
    with running_prometheus(prometheus_binaries, a_history(dead=False, labelled=False), place) as running:
        found = plan(project, running.url, T0 + timedelta(minutes=20), code=1)  # no trustworthy answer
    assert found["decision"] == "wait"
    assert any("no requests are counted" in reason for reason in found["reasons"])
