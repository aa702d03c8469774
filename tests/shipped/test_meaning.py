"""Meaning: in every overlay the names meet, the ports exist, the weights add up; and the checks see it if not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promoter.core.route import RouteRef
from promoter.manifest.edit import edit_weights
from promoter.manifest.locate import locate_route
from promoter.policy.read import read_policy
from tests.shipped.kustomize import MANIFESTS, ROOT, Object, build, directories, documents
from tests.shipped.meaning import problems

OVERLAYS = [one for one in directories() if one.parent.name == "overlays"]
WHOLE = [MANIFESTS / "yolo-detection", *OVERLAYS]


@pytest.mark.parametrize("directory", WHOLE, ids=lambda path: path.name)
def test_everything_fits_together(directory: Path) -> None:
    assert problems(build(directory)) == []


def _of(objects: list[Object], kind: str, name: str = "") -> Any:
    return next(one["spec"] for one in objects if one["kind"] == kind and name in one["metadata"]["name"])


BREAKS: dict[str, Callable[[list[Object]], object]] = {
    "do not sum to 100": lambda all_: _of(all_, "VirtualService")["http"][1]["route"][0].update(weight=94),
    "no percentage": lambda all_: [
        part.update(weight=weight)
        for part, weight in zip(_of(all_, "VirtualService")["http"][1]["route"], (101, -1), strict=True)
    ],
    "v9-gry is not defined": lambda all_: _of(all_, "VirtualService")["http"][1]["route"][1]["destination"].update(subset="v9-gry"),
    "is not told in the response": lambda all_: _of(all_, "VirtualService")["http"][1]["route"][1]["headers"].update(response={}),
    "is no service, or which port": lambda all_: _of(all_, "Service")["ports"].append({"port": 1, "targetPort": "http"}),
    "has no port htp": lambda all_: _of(all_, "Service")["ports"][0].update(targetPort="htp"),
    "selects no pods": lambda all_: _of(all_, "Service").update(selector={"app": "yol"}),
    "subset v9-gray is not the pods of one": lambda all_: _of(all_, "DestinationRule")["subsets"][1].update(labels={"app": "yolo"}),
    "selects other pods": lambda all_: _of(all_, "Deployment", "gray")["selector"].update(matchLabels={"app": "yolo"}),
    "the readinessProbe asks": lambda all_: _container(all_)["readinessProbe"]["httpGet"].update(port="grpc"),
    "is not locked down": lambda all_: _container(all_)["securityContext"].update(allowPrivilegeEscalation=True),
    "image without a version": lambda all_: _container(all_).update(image="yolo:latest"),
    "does not serve": lambda all_: _of(all_, "VirtualService").update(hosts=["other.example.com"]),
    "Git sets its replicas too": lambda all_: _of(all_, "Deployment", "gray").update(replicas=1),
    "not here or has one destination": lambda all_: _of(all_, "VirtualService")["http"][1].update(name="renamed"),
    "no port http-metricz": lambda all_: _of(all_, "PodMonitor")["podMetricsEndpoints"][0].update(port="http-metricz"),
}  # fmt: skip


def _container(objects: list[Object]) -> Any:
    return _of(objects, "Deployment", "gray")["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("told", BREAKS)
def test_a_break_is_seen(told: str) -> None:
    objects = copy.deepcopy(build(MANIFESTS / "overlays" / "factory"))
    BREAKS[told](objects)
    assert [problem for problem in problems(objects) if told in problem]


def test_the_sample_policy_is_about_these_manifests() -> None:
    path = ROOT / "policies" / "yolo-detection.yaml"
    policy = read_policy("policies/yolo-detection.yaml", path.read_bytes())
    objects = build(MANIFESTS / "yolo-detection")
    versions = {one["metadata"]["labels"]["version"] for one in objects if one["kind"] == "Deployment"}
    assert set(policy.versions) == versions
    services = {one["metadata"]["name"] for one in objects if one["kind"] == "Service"}
    assert (
        set(re.findall(r'destination_service_name="([^"]+)"', path.read_text(encoding="utf-8"))) <= services
    )
    assert _of(objects, "Deployment", "gray")["replicas"] == 1


@pytest.mark.parametrize(
    ("file", "kind", "name", "stable", "gray"),
    [
        (
            "virtual-service.yaml",
            "VirtualService",
            "yolo-detection-vs",
            "yolo-service/v8-stable",
            "yolo-service/v9-gray",
        ),
        (
            "gateway-api/http-route.yaml",
            "HTTPRoute",
            "yolo-detection",
            "yolo-v8-stable:8000",
            "yolo-v9-gray:8000",
        ),
    ],
)
def test_an_edit_changes_two_numbers_and_no_header(
    file: str, kind: str, name: str, stable: str, gray: str
) -> None:
    data = (MANIFESTS / "yolo-detection" / file).read_bytes()
    located = locate_route(file, data, RouteRef(file=file, kind=kind, name=name))
    assert dict(located.split.weights) == {stable: 95, gray: 5}
    edited = edit_weights(located, {stable: 80, gray: 20})
    changed = [
        pair for pair in zip(data.splitlines(), edited.splitlines(), strict=True) if pair[0] != pair[1]
    ]
    assert [(old.strip(), new.strip()) for old, new in changed] == [
        (b"weight: 95", b"weight: 80"),
        (b"weight: 5", b"weight: 20"),
    ]
    assert re.split(rb"\d+", edited) == re.split(rb"\d+", data)


def test_argo_cd_may_apply_all_of_its_overlay_and_nothing_else() -> None:
    ((application,), (project,)) = (
        documents(MANIFESTS / "argo-cd" / f"{one}.yaml") for one in ("application", "project")
    )
    source, allowed = application["spec"]["source"], project["spec"]
    objects = build(ROOT / source["path"])
    assert application["spec"]["project"] == project["metadata"]["name"]
    assert source["repoURL"] in allowed["sourceRepos"]
    kinds = {(one["apiVersion"].rpartition("/")[0], one["kind"]) for one in objects}
    listed = allowed["clusterResourceWhitelist"] + allowed["namespaceResourceWhitelist"]
    assert kinds == {(one["group"], one["kind"]) for one in listed}
    namespaces = {one["metadata"]["namespace"] for one in objects if one["kind"] != "Namespace"}
    assert namespaces == {one["namespace"] for one in allowed["destinations"]}


def test_flux_applies_an_overlay_from_its_repository() -> None:
    ((repository,), (kustomization,)) = (
        documents(MANIFESTS / "flux" / f"{one}.yaml") for one in ("git-repository", "yolo-detection")
    )
    reference = kustomization["spec"]["sourceRef"]
    assert (reference["kind"], reference["name"]) == (repository["kind"], repository["metadata"]["name"])
    assert build(ROOT / kustomization["spec"]["path"])
