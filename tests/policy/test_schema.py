"""schema: what editors check is what the reader accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from promoter.policy.schema import policy_schema, schema_text
from promoter.policy.source import read_source
from promoter.yaml_source import YamlSource
from tests.policy.test_read import SMALL

SAMPLE = (Path(__file__).parents[2] / "policies" / "yolo-detection.yaml").read_bytes()


def plain(text: bytes) -> Any:
    data = read_source(YamlSource.decode("p.yaml", text)).data
    return _numbers(data)


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value) if type(value).__name__ == "Decimal" else value


@pytest.mark.parametrize("text", [SMALL.encode(), SAMPLE], ids=["small", "sample"])
def test_policies_that_the_reader_accepts_are_valid(text: bytes) -> None:
    jsonschema.Draft202012Validator(policy_schema()).validate(plain(text))


@pytest.mark.parametrize(
    "line",
    [
        "merg: auto",
        "merge: automatic",
        "settle: 60",
        "steps: [0]",
        "steps: {from: 1}",
        "bake: {mn: 1m}",
        "name: A",
    ],
)
def test_policies_that_the_reader_refuses_are_not(line: str) -> None:
    text = (
        "\n".join(one for one in SMALL.splitlines() if one.split(":")[0] != line.split(":", maxsplit=1)[0])
        + f"\n{line}\n"
    )
    assert not jsonschema.Draft202012Validator(policy_schema()).is_valid(plain(text.encode()))


def test_the_schema_is_a_valid_schema_and_forbids_unknown_keys_everywhere() -> None:
    schema = policy_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    objects = [schema, *(one for one in schema["$defs"].values() if one.get("type") == "object")]
    assert all(one["additionalProperties"] is False for one in objects)
    assert schema_text().endswith("}\n")
