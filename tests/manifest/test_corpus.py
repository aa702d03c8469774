"""Real manifests of public repositories, where they lie beside the checkout: edited to the byte or refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promoter.core.route import RouteRef
from promoter.errors import ManifestError, Severity
from promoter.manifest.bypass import bypass_problems
from promoter.manifest.edit import edit_weights
from promoter.manifest.locate import locate_route
from promoter.manifest.mesh import read_mesh
from promoter.manifest.routes import find_routes
from promoter.manifest.sticky import sticky_problems
from promoter.manifest.surroundings import surroundings
from promoter.yaml_source import YamlSource

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file()) if CORPUS.is_dir() else []
REFUSED = {  # in virtualservice/, and why each refusal is right
    "devops-canary-vs-split.yaml.tpl": "no plain whole number",  # a shell variable as the weight
    "reference-policy-inferencepool.yaml.golden": "",  # its destinations are generated templates
    "weighted-route-rewrite.yaml": "",
    "multiple-gateways.yaml": "cannot be told apart",
    "multiple-gateways-e9b467.yaml": "cannot be told apart",
}

TOLD = {  # in virtualservice/, and what the rules about a split's surroundings say there, rightly
    "virtualservice-route-tcp-weighted.yaml": "tcp[0] sends requests to c:90/v2 past the weights",
    "subset-presence-export-subset.yaml": "carries 33 of 100, and no check looks at it",
    "fault-injection-reviews-b5dec9.yaml": "carries 33 of 100, and no check looks at it",
    "request-timeouts-reviews.yaml": "carries 33 of 100, and no check looks at it",
}

pytestmark = pytest.mark.skipif(not FILES, reason="the corpus is not here")


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.parent.name in ("virtualservice", "httproute")], ids=lambda p: p.name
)
def test_a_real_manifest_is_edited_to_the_byte(path: Path) -> None:
    data = path.read_bytes()
    edited = 0
    for route in find_routes(YamlSource.decode(path.name, data)):
        if route.refused or len(route.destinations) < 2:
            continue
        ref = RouteRef(
            file=path.name, kind=route.kind, name=route.name, namespace=route.namespace, http=route.label
        )
        located = locate_route(path.name, data, ref)
        giver, taker = sorted(route.destinations, key=lambda destination: -destination.weight)[:2]
        new = edit_weights(located, {giver.dest: giver.weight - 1, taker.dest: taker.weight + 1})
        if giver.span and taker.span:
            assert re.split(rb"\d+", new) == re.split(rb"\d+", data)
        back = edit_weights(locate_route(path.name, new, ref), dict(located.split.weights))
        assert not (giver.span and taker.span) or back == data
        edited += 1
    told = any(path.name.endswith(name) for name in REFUSED)
    grpc = b"kind: GRPCRoute" in data and b"kind: HTTPRoute" not in data
    assert (edited == 0) == (told or grpc)


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name == "helm"], ids=lambda p: p.name)
def test_a_template_is_refused(path: Path) -> None:
    with pytest.raises(ManifestError, match="template"):
        find_routes(YamlSource.decode(path.name, path.read_bytes()))


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name == "refuse"], ids=lambda p: p.name)
def test_what_must_be_refused_offers_no_route_to_edit(path: Path) -> None:
    try:
        found = find_routes(YamlSource.decode(path.name, path.read_bytes()))
    except ManifestError:
        return
    assert all(route.refused for route in found)


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.parent.name == "virtualservice"], ids=lambda p: p.name
)
def test_the_rules_about_a_splits_surroundings_raise_no_false_alarm(path: Path) -> None:
    data = path.read_bytes()
    source = YamlSource.decode(path.name, data)
    found = []
    for route in find_routes(source):
        if route.refused or len(route.destinations) < 2:
            continue
        ref = RouteRef(
            file=path.name, kind=route.kind, name=route.name, namespace=route.namespace, http=route.label
        )
        located = locate_route(path.name, data, ref)
        stable, candidate = sorted(route.destinations, key=lambda destination: -destination.weight)[:2]
        around = surroundings(located, read_mesh([source]), stable=stable.dest, candidates=(candidate.dest,))
        found += [*bypass_problems(around), *sticky_problems(around)]
    told = next((words for name, words in TOLD.items() if path.name.endswith(name)), None)
    assert all(problem.severity is Severity.WARNING and problem.where for problem in found)
    assert [told in problem.message for problem in found if told] == [True] * bool(told)
    assert told or not found
