"""What `kubectl kustomize` makes of manifests/, without kubectl: the few features used there, and no others."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "manifests"
KEYS = {"apiVersion", "kind", "namespace", "resources", "patches", "configMapGenerator"}
CLUSTER_SCOPED = {"Namespace"}

Object = dict[str, Any]


class KustomizeError(Exception):
    """kustomize would refuse this, or it is more than is understood here."""


def directories() -> list[Path]:
    """Every directory with a kustomization."""
    return sorted(path.parent for path in MANIFESTS.rglob("kustomization.yaml"))


def documents(path: Path) -> list[Object]:
    """A file's documents as plain data."""
    with path.open(encoding="utf-8") as file:
        return [document for document in YAML(typ="safe").load_all(file) if document is not None]


def build(directory: Path, above: tuple[Path, ...] = ()) -> list[Object]:
    """The objects of a kustomization. Raises KustomizeError for what kustomize refuses."""
    directory = directory.resolve()
    for visited in (*above, directory)[:-1]:
        if visited.is_relative_to(directory):
            raise KustomizeError(f"{directory} is or holds {visited}, which refers to it")
    (settings,) = documents(directory / "kustomization.yaml")
    if settings["kind"] != "Kustomization" or set(settings) - KEYS:
        raise KustomizeError(f"{directory}: not understood: {set(settings) - KEYS}")
    objects = [one for name in settings.get("resources", ()) for one in _resource(directory, name, above)]
    objects += [_config_map(directory, one) for one in settings.get("configMapGenerator", ())]
    for patch in settings.get("patches", ()):
        objects = _patched(objects, patch)
    if "namespace" in settings:
        for one in objects:
            _move(one, settings["namespace"])
    names = [identity(one) for one in objects]
    if len(set(names)) != len(names):
        raise KustomizeError(f"{directory}: an object stands here twice: {sorted(names)}")
    return objects


def identity(one: Object) -> tuple[str, str, str, str]:
    """API version, kind, namespace and name."""
    metadata = one["metadata"]
    return one["apiVersion"], one["kind"], metadata.get("namespace", ""), metadata["name"]


def _resource(directory: Path, name: str, above: tuple[Path, ...]) -> Iterator[Object]:
    path = (directory / name).resolve()
    if path.is_dir():
        yield from build(path, (*above, directory))
    elif not path.is_relative_to(directory):
        raise KustomizeError(f"{name} is a file outside of {directory}")
    else:
        yield from documents(path)


def _config_map(directory: Path, settings: dict[str, Any]) -> Object:
    options = settings["options"]
    if not options.get("disableNameSuffixHash"):
        raise KustomizeError("a hashed name is not understood here")
    data = {}
    for entry in settings["files"]:
        key, _, path = entry.partition("=")
        data[key] = (directory / path).read_text(encoding="utf-8")
    metadata = {"name": settings["name"], "labels": options.get("labels", {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _patched(objects: list[Object], patch: dict[str, Any]) -> list[Object]:
    target, change = patch["target"], YAML(typ="safe").load(patch["patch"])
    hit = [one for one in objects if _hits(one, target)]
    if not hit:
        raise KustomizeError(f"no object is {target}")
    if isinstance(change, dict):
        if change.get("$patch") != "delete":
            raise KustomizeError("a strategic merge is not understood here")
        return [one for one in objects if one not in hit]
    return [_changed(one, change) if one in hit else one for one in objects]


def _hits(one: Object, target: dict[str, str]) -> bool:
    group = one["apiVersion"].rpartition("/")[0]
    return (
        target.get("kind") in (None, one["kind"])
        and target.get("group") in (None, group)
        and re.fullmatch(target.get("name", ".*"), one["metadata"]["name"]) is not None
    )


def _changed(one: Object, operations: list[dict[str, Any]]) -> Object:
    one = copy.deepcopy(one)
    for operation in operations:
        *way, last = (
            int(part) if part.isdigit() else part for part in operation["path"].strip("/").split("/")
        )
        place: Any = one
        for part in way:
            place = place[part]
        _ = place[last]  # a path that is not there is an error
        if operation["op"] == "remove":
            del place[last]
        elif operation["op"] == "replace":
            place[last] = operation["value"]
        else:
            raise KustomizeError(f"{operation['op']} is not understood here")
    return one


def _move(one: Object, namespace: str) -> None:
    if one["kind"] == "Namespace":
        one["metadata"]["name"] = namespace
    elif one["kind"] not in CLUSTER_SCOPED:
        one["metadata"]["namespace"] = namespace
