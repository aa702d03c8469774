"""The agent's translation: what it understands, and that it refuses the rest."""

from __future__ import annotations

import pytest

from promoter.plant.routes import RefusedError, route_table, weights

CLUSTERS = ("v8-stable", "v9-gray")
RULE = """\
kind: VirtualService
spec:
  hosts: [yolo.example.com]
  http:
    - name: detect
      route:
        - destination: {{host: yolo, subset: v8-stable}}
          weight: {stable}
          headers: {{response: {{set: {{x-model-version: v8-stable}}}}}}
        - destination: {{host: yolo, subset: {subset}}}
          weight: {gray}{more}
"""
SPLIT = """\
kind: EnvoyFilter
spec:
  configPatches:
    - applyTo: HTTP_ROUTE
      match: {routeConfiguration: {vhost: {route: {name: detect}}}}
      patch:
        operation: MERGE
        value: {route: {hash_policy: [{header: {header_name: x-device-id}}], weighted_clusters: {use_hash_policy: true}}}
"""


def rule(*, stable: object = 95, gray: object = 5, subset: str = "v9-gray", more: str = "") -> str:
    return RULE.format(stable=stable, gray=gray, subset=subset, more=more)


def test_weights_and_their_order_are_kept_and_the_commit_is_the_version() -> None:
    table = route_table([rule()], "abc123", clusters=CLUSTERS)
    assert table["version_info"] == "abc123"
    assert weights(table) == {"v8-stable": 95, "v9-gray": 5}
    assert list(weights(table)) == ["v8-stable", "v9-gray"]


def test_a_set_header_overwrites() -> None:
    host = route_table([rule()], "abc", clusters=CLUSTERS)["resources"][0]["virtual_hosts"][0]
    stable = host["routes"][0]["route"]["weighted_clusters"]["clusters"][0]
    assert stable["response_headers_to_add"] == [
        {
            "header": {"key": "x-model-version", "value": "v8-stable"},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }
    ]


def test_a_patch_is_merged_into_the_rule_it_names_and_no_other() -> None:
    other = rule().replace("name: detect", "name: other")
    for text, patched in ((rule(), True), (other, False)):
        host = route_table([text, SPLIT], "abc", clusters=CLUSTERS)["resources"][0]["virtual_hosts"][0]
        action = host["routes"][0]["route"]
        assert action["weighted_clusters"].get("use_hash_policy", False) is patched
        assert ("hash_policy" in action) is patched
        assert len(action["weighted_clusters"]["clusters"]) == 2


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ([rule(gray=6)], "the weights sum to 101, not to 100"),
        ([rule(stable=-5, gray=105)], "-5 is no weight"),
        ([rule(gray="'5'")], "'5' is no weight"),
        ([rule(subset="v7")], "the subset 'v7' is not defined"),
        ([rule(more="\n          mirror: {}")], "a destination with mirror is not understood"),
        ([rule() + "      retries: {attempts: 3}\n"], "a rule with retries is not understood"),
        ([rule(), rule()], "2 VirtualServices where one is expected"),
        (["kind: ["], "broken YAML"),
        ([SPLIT], "0 VirtualServices"),
        ([rule(), SPLIT.replace("MERGE", "REMOVE")], "an EnvoyFilter that is not understood"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_reason(texts: list[str], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        route_table(texts, "abc", clusters=CLUSTERS)


def test_a_split_patch_on_a_rule_with_one_destination_is_refused() -> None:
    lines = rule().splitlines()
    text = "\n".join(lines[:6] + lines[6:9])
    assert "v9-gray" not in text
    with pytest.raises(RefusedError, match="has one destination: Envoy would refuse the whole table"):
        route_table([text, SPLIT], "abc", clusters=CLUSTERS)


def test_a_rule_for_requests_without_a_header_matches_its_absence() -> None:
    text = rule().replace(
        "      route:", "      match:\n        - withoutHeaders: {x-device-id: {}}\n      route:"
    )
    host = route_table([text], "abc", clusters=CLUSTERS)["resources"][0]["virtual_hosts"][0]
    assert host["routes"][0]["match"] == {
        "prefix": "/",
        "headers": [{"name": "x-device-id", "invert_match": True, "present_match": True}],
    }
