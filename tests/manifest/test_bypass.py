"""bypass: every rule of a measured split, broken and kept."""

from __future__ import annotations

import pytest

from promoter.errors import Problem, Severity
from promoter.manifest.bypass import bypass_problems
from promoter.manifest.surroundings import Surroundings
from tests.manifest.splits import KEYLESS, RULE, STICKY, a_service, a_split, around, destination

GRAY = "route: [{destination: {host: yolo, subset: v9}}]"
TOLD = ", headers: {response: {set: {x-model-version: %s}}}"


def the_one(found: Surroundings) -> Problem:
    (problem,) = bypass_problems(found)
    return problem


def test_a_split_that_keeps_the_rules_has_no_findings() -> None:
    assert list(bypass_problems(around(a_split(), STICKY, RULE))) == []
    safe = "retries: {attempts: 2, retryOn: 'connect-failure, refused-stream'}, "
    assert list(bypass_problems(around(a_split(first=(), extra=safe)))) == []


def test_a_route_that_takes_everything_before_the_split_is_an_error() -> None:
    problem = the_one(around(a_split(first=("- {route: [{destination: {host: other}}]}",))))
    assert problem.severity is Severity.ERROR
    assert "no request reaches http[1]: http[0]" in problem.message


def test_a_match_that_sends_to_the_candidate_goes_past_the_weights() -> None:
    problem = the_one(
        around(a_split(first=(f"- {{match: [{{headers: {{x-canary: {{exact: a}}}}}}], {GRAY}}}",)))
    )
    assert problem.severity is Severity.WARNING
    assert "http[0] sends requests to yolo/v9 past the weights" in problem.message


def test_requests_without_a_key_may_go_to_stable_and_nowhere_else() -> None:
    assert list(bypass_problems(around(a_split(), STICKY))) == []
    assert "to yolo/v9 past" in the_one(around(a_split(first=(KEYLESS.replace("v8", "v9"),)), STICKY)).message
    assert "to yolo/v8 past" in the_one(around(a_split())).message  # no key, so nothing to excuse it


def test_what_stands_behind_a_split_that_takes_everything_is_never_reached() -> None:
    gray = f"- {{match: [{{port: 80}}], {GRAY}}}"
    assert list(bypass_problems(around(a_split(first=(), last=(gray,))))) == []
    conditional = "match: [{uri: {prefix: /v1}}], "
    assert "http[1] sends" in the_one(around(a_split(first=(), last=(gray,), extra=conditional))).message


def test_a_mirror_to_the_candidate_spoils_its_numbers() -> None:
    problem = the_one(around(a_split(first=(), extra="mirror: {host: yolo, subset: v9}, ")))
    assert "mirrors requests to yolo/v9" in problem.message
    assert list(bypass_problems(around(a_split(first=(), extra="mirror: {host: shadow}, ")))) == []


def test_a_third_destination_with_weight_is_told_and_one_without_is_not() -> None:
    problem = the_one(around(a_split(("v8", 85), ("v9", 5), ("v10", 10), first=())))
    assert "yolo/v10 carries 10 of 100, and no check looks at it" in problem.message
    assert problem.severity is Severity.WARNING
    assert list(bypass_problems(around(a_split(("v8", 95), ("v9", 5), ("v10", 0), first=())))) == []
    both = around(a_split(("v10", 10), ("v8", 85), ("v9", 5), first=()), candidates=("v9", "v10"))
    assert list(bypass_problems(both)) == []


@pytest.mark.parametrize(
    "on", ["5xx", "gateway-error,connect-failure", "retriable-status-codes", "503", "reset"]
)
def test_retries_on_answers_hide_the_candidates_errors(on: str) -> None:
    problem = the_one(around(a_split(first=(), extra=f"retries: {{attempts: 2, retryOn: '{on}'}}, ")))
    assert problem.severity is Severity.WARNING
    assert "hide behind a retry" in problem.message
    assert "connect-failure" not in problem.message


def test_a_subset_that_no_rule_defines_is_an_error() -> None:
    problem = the_one(around(a_split(first=()), RULE.replace("{name: v9, labels: {version: v9}}, ", "")))
    assert problem.severity is Severity.ERROR
    assert "the subset v9 is defined nowhere" in problem.message
    assert problem.hint == "mesh-0.yaml:1:1 defines: v10, v8"


def test_a_subset_is_not_missed_where_the_rules_may_live_elsewhere() -> None:
    assert list(bypass_problems(around(a_split(first=()), RULE.replace("host: yolo", "host: other")))) == []


def _answering(*told: str) -> str:
    route = ", ".join(
        destination(subset, 50, extra) for subset, extra in zip(("v8", "v9"), told, strict=True)
    )
    return a_service(f"- {{name: split, route: [{route}]}}")


def test_every_version_says_which_one_it_is() -> None:
    assert list(bypass_problems(around(_answering(TOLD % "v8", TOLD % "v9")))) == []
    assert list(bypass_problems(around(_answering("", "")))) == []
    missing = the_one(around(_answering(TOLD % "v8", "")))
    assert (missing.severity, missing.message[:8]) == (Severity.WARNING, "yolo/v9 ")
    same = list(bypass_problems(around(_answering(TOLD % "v8", TOLD % "v8"))))
    assert {problem.severity for problem in same} == {Severity.ERROR}
