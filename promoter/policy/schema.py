"""The policy's JSON Schema, made from the models that the reader checks with."""

from __future__ import annotations

import json
from typing import Any

from promoter.policy.written import WrittenPolicy

IDENTIFIER = "https://gray-promoter.example/policy.schema.json"


def policy_schema() -> dict[str, Any]:
    """The schema as plain data (JSON Schema 2020-12)."""
    schema = WrittenPolicy.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": IDENTIFIER,
        **schema,
        "title": "promoter policy",
    }


def schema_text() -> str:
    """The schema as indented JSON."""
    return json.dumps(policy_schema(), indent=2, default=str) + "\n"
