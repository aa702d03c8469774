"""mesh: the resources that shape a split from outside of its route."""

from __future__ import annotations

import pytest

from promoter.manifest.mesh import HostRule
from tests.manifest.splits import HASHING, RULE, STICKY, a_mesh


def test_a_sticky_filter_tells_its_key_and_what_it_patches() -> None:
    (found,) = a_mesh(STICKY).filters
    assert (found.hashes, found.hashed, found.salts, found.header) == (
        True,
        ("x-device-id",),
        ("r9:\\1",),
        None,
    )
    assert found.patches(["yolo.example.com"], "split")
    assert not found.patches(["yolo.example.com"], "other")
    assert not found.patches(["other.example.com"], "split")
    assert (found.where.file, found.where.line) == ("mesh-0.yaml", 17)


def test_both_spellings_of_protobuf_are_read() -> None:
    camel = STICKY
    for old, new in {
        "hash_policy:\n": "hashPolicy:\n",
        "header_name": "headerName",
        "regex_rewrite": "regexRewrite",
        "weighted_clusters": "weightedClusters",
        "use_hash_policy": "useHashPolicy",
    }.items():
        camel = camel.replace(old, new)
    assert a_mesh(camel).filters[0].key == a_mesh(STICKY).filters[0].key


def test_a_bucket_header_is_a_key_too() -> None:
    (found,) = a_mesh(STICKY.replace("use_hash_policy: true", "header_name: x-bucket")).filters
    assert (found.hashes, found.header) == (False, "x-bucket")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("use_hash_policy: true", "use_hash_policy: false"),
        ("HTTP_ROUTE", "CLUSTER"),
        ("kind: EnvoyFilter", "kind: X"),
    ],
)
def test_a_filter_that_draws_no_split_is_none(old: str, new: str) -> None:
    assert a_mesh(STICKY.replace(old, new)).filters == ()


def test_a_filter_without_a_vhost_or_route_reaches_any() -> None:
    (found,) = a_mesh(
        STICKY.replace('{vhost: {name: "yolo.example.com:443", route: {name: split}}}', "{}")
    ).filters
    assert found.patches(["any.example.com"], None)


def test_a_rule_tells_its_subsets_and_where_it_hashes() -> None:
    (plain,), (hashing,) = a_mesh(RULE).rules, a_mesh(HASHING).rules
    assert plain.subsets == {"v8", "v9", "v10"}
    assert plain.hashes == ()
    assert [where.line for where in hashing.hashes] == [6]


def test_a_hash_is_found_at_a_port_and_at_a_subset() -> None:
    ports = RULE.replace(
        "{loadBalancer: {simple: LEAST_REQUEST}}",
        "{portLevelSettings: [{port: {number: 80}, loadBalancer: {consistentHash: {useSourceIp: true}}}]}",
    )
    subset = RULE.replace(
        "labels: {version: v9}",
        "labels: {version: v9}, trafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true}}}",
    )
    assert len(a_mesh(ports).rules[0].hashes) == len(a_mesh(subset).rules[0].hashes) == 1


@pytest.mark.parametrize(
    ("mine", "my_namespace", "theirs", "their_namespace", "same"),
    [
        ("yolo", None, "yolo", None, True),
        ("yolo", "a", "yolo", "a", True),
        ("yolo", "a", "yolo", "b", False),
        ("yolo.a.svc.cluster.local", None, "yolo", "a", True),
        ("yolo.a.svc.cluster.local", "istio-system", "yolo.a", None, True),
        (
            "yolo.a.svc.cluster.local",
            None,
            "yolo",
            None,
            True,
        ),  # the namespace is not known: it may be the one
        ("yolo", "a", "other", "a", False),
    ],
)
def test_a_rule_is_about_a_host_however_it_is_written(
    mine: str, my_namespace: str | None, theirs: str, their_namespace: str | None, *, same: bool
) -> None:
    rule = a_mesh(RULE).rules[0]
    rule = HostRule(host=mine, namespace=my_namespace, subsets=rule.subsets, hashes=(), where=rule.where)
    assert rule.rules(theirs, their_namespace) is same


def test_files_that_are_no_manifests_hold_nothing() -> None:
    mesh = a_mesh(
        "kind: EnvoyFilter\nspec: [",
        "{{ if .Values }}kind: DestinationRule{{ end }}",
        "kind: EnvoyFilter\n",
        RULE,
    )
    assert (mesh.filters, len(mesh.rules)) == ((), 1)
