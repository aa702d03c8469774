"""A VirtualService and an EnvoyFilter → Envoy's route table, as istiod would render them. Pure.

Only what is understood is translated: anything else is refused, so that the table in use stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

TABLE = "ingress"
_KINDS = {"VirtualService", "EnvoyFilter"}
_RULE = {"name", "match", "route", "timeout", "headers"}
_DESTINATION = {"destination", "weight", "headers"}


class RefusedError(ValueError):
    """Manifests that cannot be made into a route table; the text says why."""


def documents(texts: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The objects of some YAML files that concern routing. Raises RefusedError for broken ones."""
    for text in texts:
        try:
            found = list(YAML(typ="safe", pure=True).load_all(text))
        except YAMLError as error:
            raise RefusedError(f"broken YAML: {str(error).splitlines()[0]}") from error
        yield from (one for one in found if isinstance(one, Mapping) and one.get("kind") in _KINDS)


def route_table(texts: Sequence[str], commit: str, *, clusters: Iterable[str]) -> dict[str, Any]:
    """The table for file-based RDS. `clusters` are the subsets that exist. Raises RefusedError."""
    found = list(documents(texts))
    services = [one for one in found if one["kind"] == "VirtualService"]
    if len(services) != 1:
        raise RefusedError(f"{len(services)} VirtualServices where one is expected")
    filters = [one for one in found if one["kind"] == "EnvoyFilter"]
    spec = services[0]["spec"]
    known = frozenset(clusters)
    routes = [route for rule in spec["http"] for route in _routes(rule, known)]
    for patch in (patch for one in filters for patch in one["spec"]["configPatches"]):
        _merge(patch, routes)
    return {
        "version_info": commit,
        "resources": [
            {
                "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
                "name": TABLE,
                "validate_clusters": True,
                "virtual_hosts": [
                    {"name": f"{spec['hosts'][0]}:80", "domains": list(spec["hosts"]), "routes": routes}
                ],
            }
        ],
    }


def weights(table: Mapping[str, Any]) -> dict[str, int]:
    """What a table gives each version, where it is split."""
    for route in table["resources"][0]["virtual_hosts"][0]["routes"]:
        split = route["route"].get("weighted_clusters")
        if split:
            return {one["name"]: one["weight"] for one in split["clusters"]}
    return {}


def _routes(rule: Mapping[str, Any], clusters: frozenset[str]) -> Iterator[dict[str, Any]]:
    _only(rule, _RULE, "a rule")
    destinations = [_destination(one, clusters) for one in rule["route"]]
    action: dict[str, Any] = {"timeout": rule.get("timeout", "0s")}
    headers: dict[str, Any] = {}
    if len(destinations) == 1:
        only = destinations[0]
        action["cluster"] = only["name"]
        headers = {key: only[key] for key in only if key.endswith("_to_add")}
    else:
        total = sum(one["weight"] for one in destinations)
        if total != 100:  # noqa: PLR2004 - percent
            raise RefusedError(f"the weights sum to {total}, not to 100")
        action["weighted_clusters"] = {"clusters": destinations}
    for match in rule.get("match") or [{}]:
        yield {"name": rule.get("name", ""), "match": _match(match), "route": dict(action), **headers}


def _destination(one: Mapping[str, Any], clusters: frozenset[str]) -> dict[str, Any]:
    _only(one, _DESTINATION, "a destination")
    subset = one["destination"].get("subset")
    if subset not in clusters:
        raise RefusedError(f"the subset {subset!r} is not defined")
    weight = one.get("weight", 100)
    if not isinstance(weight, int) or isinstance(weight, bool) or weight < 0:
        raise RefusedError(f"{weight!r} is no weight")
    made: dict[str, Any] = {"name": subset, "weight": weight}
    for side in ("request", "response"):
        given = (one.get("headers") or {}).get(side) or {}
        _only(given, {"set"}, f"headers.{side}")
        if given:
            made[f"{side}_headers_to_add"] = [
                {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
                for key, value in given["set"].items()
            ]
    return made


def _match(match: Mapping[str, Any]) -> dict[str, Any]:
    _only(match, {"name", "headers", "withoutHeaders", "uri"}, "a match")
    made: dict[str, Any] = dict(match.get("uri") or {"prefix": "/"})
    wanted = [_header(name, value, absent=False) for name, value in (match.get("headers") or {}).items()]
    wanted += [
        _header(name, value, absent=True) for name, value in (match.get("withoutHeaders") or {}).items()
    ]
    return {**made, "headers": wanted} if wanted else made


def _header(name: str, value: Mapping[str, str], *, absent: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "invert_match": absent}
    match value:
        case {"exact": str(text)}:
            made["string_match"] = {"exact": text}
        case {"regex": str(text)}:
            made["string_match"] = {"safe_regex": {"regex": text}}
        case _ if not value:
            made["present_match"] = True
        case _:
            raise RefusedError(f"a match on {name} that is not understood")
    return made


def _merge(patch: Mapping[str, Any], routes: list[dict[str, Any]]) -> None:
    """One HTTP_ROUTE patch: maps merge, lists grow, as protobuf's merge does."""
    if patch.get("applyTo") != "HTTP_ROUTE" or patch["patch"].get("operation") != "MERGE":
        raise RefusedError("an EnvoyFilter that is not understood")
    name = patch["match"]["routeConfiguration"]["vhost"]["route"]["name"]
    for route in (one for one in routes if one["name"] == name):
        value = patch["patch"]["value"]["route"]
        if "weighted_clusters" in value and "weighted_clusters" not in route["route"]:
            raise RefusedError(f"the rule {name!r} has one destination: Envoy would refuse the whole table")
        _into(route["route"], value)


def _into(target: dict[str, Any], value: Mapping[str, Any]) -> None:
    for key, new in value.items():
        old = target.get(key)
        if isinstance(old, dict) and isinstance(new, Mapping):
            target[key] = {**old, **new}
        elif isinstance(old, list):
            target[key] = [*old, *new]
        else:
            target[key] = new


def _only(given: Mapping[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise RefusedError(f"{what} with {', '.join(unknown)} is not understood")
