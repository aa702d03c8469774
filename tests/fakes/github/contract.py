"""GitHub's OpenAPI description, held against every request and every response."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.jsonschema import DRAFT4

HERE = Path(__file__).parent
DOCUMENT = "urn:github"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    parameters: Mapping[str, str]  # from the path


@cache
def _document() -> dict[str, Any]:
    loaded = json.loads((HERE / "openapi.json").read_text(encoding="utf-8"))
    nullable = _nullable(loaded)
    assert isinstance(nullable, dict)
    return nullable


def _nullable(value: Any) -> Any:
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if isinstance(value, list):
        return [_nullable(item) for item in value]
    if not isinstance(value, dict):
        return value
    rest = {key: _nullable(item) for key, item in value.items() if key != "nullable"}
    if isinstance(rest.get("$ref"), str):
        rest["$ref"] = DOCUMENT + rest["$ref"]
    if isinstance(value.get("nullable"), dict):  # a property of that name
        rest["nullable"] = _nullable(value["nullable"])
    return {"anyOf": [rest, {"type": "null"}]} if value.get("nullable") is True else rest


@cache
def _registry() -> Registry[Any]:
    found: Registry[Any] = Registry().with_resource(DOCUMENT, DRAFT4.create_resource(_document()))
    return found


def _validator(schema: dict[str, Any]) -> Draft4Validator:
    return Draft4Validator(schema, registry=_registry())


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """The longest path first, as a ref or a file's path takes slashes."""
    found = []
    for path in sorted(_document()["paths"], key=lambda path: (-path.count("/"), path.count("{"), path)):
        pattern = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
        # These take slashes: they are the last part of their path, or a ref.
        pattern = re.sub(r"\{(path|ref|branch|basehead)\}", r"(?P<\1>.+)", pattern)
        found.append((re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)), path))
    return found


def operation(method: str, path: str) -> Operation | None:
    """The operation that this request is for, None where the fake does not speak it."""
    for pattern, template in _paths():
        found = pattern.fullmatch(path)
        if found and method.lower() in _document()["paths"][template]:
            spec = _document()["paths"][template][method.lower()]
            return Operation(spec["operationId"], method.lower(), template, found.groupdict())
    return None


def request_problems(what: Operation, query: Mapping[str, str], body: Any) -> list[str]:
    """Where a request is not as GitHub describes it; unknown parameters and keys are wrong too."""
    spec = _spec(what)
    known = {
        item["name"]: item for item in map(_resolved, spec.get("parameters", ())) if item["in"] == "query"
    }
    told = [f"unknown query parameter {name!r}" for name in query if name not in known]
    told += [
        f"query parameter {name!r} is missing"
        for name, item in known.items()
        if item.get("required") and name not in query
    ]
    for name, text in query.items():
        if name in known:
            told += _parameter(known[name], text)
    described = _resolved(spec.get("requestBody", {})).get("content", {}).get("application/json")
    if described is None:
        return told + (["a body where none is described"] if body not in (None, {}) else [])
    if body is None:
        return told
    told += _problems(described["schema"], body)
    return told + [f"unknown key {key!r}" for key in body if key not in _keys(described["schema"], body)]


def response_problems(what: Operation, status: int, body: Any) -> list[str]:
    """Where a response is not as GitHub describes it."""
    responses = _spec(what)["responses"]
    if str(status) not in responses:
        # 401, 403, 404, 405, 409, 429 and 5xx come from everywhere, described or not.
        if status >= 400 or status == 304:
            return [] if status == 304 or (isinstance(body, dict) and "message" in body) else ["no message"]
        return [f"status {status} is not described for {what.id}"]
    described = _resolved(responses[str(status)])
    content = described.get("content", {})
    if not content:
        return ["a body where none is described"] if body is not None and status < 300 else []
    kind = "application/json" if "application/json" in content else next(iter(content))
    if status >= 400:
        return [] if isinstance(body, dict) and "message" in body else ["no message"]
    return _problems(content[kind]["schema"], body)


def _spec(what: Operation) -> dict[str, Any]:
    found = _document()["paths"][what.path][what.method]
    assert isinstance(found, dict)
    return found


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        here: Any = _document()
        for part in value["$ref"].removeprefix(f"{DOCUMENT}#/").split("/"):
            here = here[part]
        value = here
    return value


def _parameter(item: dict[str, Any], text: str) -> list[str]:
    schema = _resolved(item.get("schema", {}))
    value: Any = text
    if schema.get("type") == "integer":
        value = int(text) if text.lstrip("-").isdigit() else text
    elif schema.get("type") == "boolean":
        value = {"true": True, "false": False}.get(text.lower(), text)
    return [f"{item['name']}: {told}" for told in _problems(schema, value)]


def _keys(schema: dict[str, Any], body: Any) -> set[str]:
    schema = _resolved(schema)
    keys = set(schema.get("properties", ()))
    if schema.get("additionalProperties") is True and not keys:
        keys |= set(body)
    for part in ("oneOf", "anyOf", "allOf"):
        for option in schema.get(part, ()):
            keys |= _keys(option, body)
    return keys


def _problems(schema: dict[str, Any], value: Any) -> list[str]:
    errors = list(_validator(schema).iter_errors(value))
    return [_told(best_match(errors))] if errors else []


def _told(error: ValidationError | None) -> str:
    assert error is not None
    return f"{error.json_path}: {error.message[:300]}"
