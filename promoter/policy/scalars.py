"""The kinds of values that a policy is written with: what each accepts, and the JSON Schema that says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, TypeVar

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema

from promoter.core.policy import Merge, OnFail, Rule, Window
from promoter.core.promql import Template
from promoter.policy import promql, units
from promoter.policy.refused import RefusedError, shown
from promoter.policy.spelling import nearest

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
CHECK_NAME = r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$"
_PART = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?"
VERSION = rf"^([A-Za-z0-9]+:)?{_PART}(:[0-9]{{1,5}})?(/{_PART})?$"
RESOURCE = rf"^{_PART}$"
VARIABLE = r"^[A-Z][A-Z0-9_]{0,127}$"
TENANT = r"^[!-~]([ -~]{0,148}[!-~])?$"
EVENT = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
ROUTE = rf"^({_PART}|[a-z]+\[[0-9]{{1,4}}\])$"
FILE = r"^[^/\\\x00-\x1f\x7f][^\\\x00-\x1f\x7f]*$"
LONGEST_PATH = 1024
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    quotable = isinstance(value, (int, Decimal))
    raise RefusedError(f"{shown(value)} is no text", f'quote it: "{shown(value)}"' if quotable else None)


def _matching(pattern: str, words: str) -> Callable[[object], str]:
    """A reader of texts that match; `words` say what is allowed."""
    compiled = re.compile(pattern)

    def read(value: object) -> str:
        text = _text(value)
        if compiled.fullmatch(text) is None:
            raise RefusedError(f"{shown(text)} is not allowed", f"write {words}")
        return text

    return read


def _one_of(words: type[E]) -> Callable[[object], E]:
    """A reader of one of a closed set of words."""

    def read(value: object) -> E:
        if isinstance(value, str) and value in list(words):
            return words(value)
        raise RefusedError(f"{shown(value)} is none of {', '.join(words)}", nearest(value, list(words)))

    return read


def _selector(read: Callable[[str], T]) -> Callable[[object], T]:
    return lambda value: read(_text(value))


def _share(value: object) -> float:
    share = units.read_percent(value)
    if not 0 < share < 1:
        raise RefusedError(f"{shown(value)} is no limit", "write a share above 0% and below 100%")
    return float(share)


def _growth(value: object) -> float:
    share = units.read_percent(value)
    if share <= 0:
        raise RefusedError(f"{shown(value)} leaves no room: two readings are never the same", "write 2% or so")
    return float(share)


def _cost(value: object) -> float:
    cost = units.read_percent(value, signed=True)
    if cost <= -1:
        raise RefusedError(f"{shown(value)} would leave nothing", "write it above -100%")
    return float(cost)


def _quantile(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 < value < 1:
        raise RefusedError(f"{shown(value)} is no quantile", "write it like 0.99")
    return float(value)


def _headroom(value: object) -> float:
    number = units.read_number(value)
    if not 0 <= number <= 1:
        raise RefusedError(f"{shown(value)} is not from 0 to 1", "0.5 lends half of what is left")
    return number


def _positive(value: object) -> timedelta:
    length = units.read_duration(value)
    if length < timedelta(seconds=1):
        raise RefusedError(f"{shown(value)} is too short", "write 1s or more")
    return length


def _resolution(value: object) -> timedelta:
    length = _positive(value)
    if length > timedelta(minutes=5):
        raise RefusedError(f"{shown(value)} is longer than Prometheus looks back", "write 30s to 5m")
    return length


def _file(value: object, info: ValidationInfo) -> str:
    text = _text(value)
    parts = text.split("/")
    if re.fullmatch(FILE, text) is None or len(text) > LONGEST_PATH or {"", ".", ".."} & set(parts):
        hint = "write it from the repository's root, with / and without . and .."
        raise RefusedError(f"{shown(text)} is no path in the repository", hint)
    if ".git" in (part.lower() for part in parts) or parts[0].lower() == ".github":
        raise RefusedError(f"{shown(text)}: promoter changes nothing below .git and .github")
    if info.context and text == info.context["file"]:
        raise RefusedError(f"{shown(text)} is this policy itself", "name the manifest")
    return text


def _route(value: object) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= 9999:  # noqa: PLR2004 - the pattern's four digits
            raise RefusedError(f"{value} is no index", "the first route is 0")
        return value
    return _matching(ROUTE, "a route's name, its index, or both like http[0]")(value)


def _variable(value: object) -> str:
    if isinstance(value, str) and _URL.match(value):
        hint = "write the name of the environment variable that holds it, like SLACK_URL"
        raise RefusedError("a URL can hold a secret, and secrets do not belong in Git", hint)
    return _matching(VARIABLE, "the name of an environment variable, like SLACK_URL")(value)


def _version_number(value: object) -> int:
    if value != 1 or isinstance(value, bool):
        raise RefusedError(f"{shown(value)} is no version of the policy format", "write 1")
    return 1


# PlainValidator: these readers do the whole work, and the schema beside them says what they accept.
_WEIGHT = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
        {"type": "string", "pattern": units.PERCENT},
    ]
}
_DURATION = {"type": "string", "pattern": units.DURATION}
_PERCENT = {"type": "string", "pattern": units.PERCENT}
_PROMQL = {"type": "string", "maxLength": promql.LONGEST, "pattern": r"\$(version|\{version\})"}

Duration = Annotated[timedelta, PlainValidator(units.read_duration), WithJsonSchema(_DURATION)]
Positive = Annotated[timedelta, PlainValidator(_positive), WithJsonSchema(_DURATION)]
Resolution = Annotated[timedelta, PlainValidator(_resolution), WithJsonSchema(_DURATION)]
Share = Annotated[float, PlainValidator(_share), WithJsonSchema(_PERCENT)]
Growth = Annotated[float, PlainValidator(_growth), WithJsonSchema(_PERCENT)]
Cost = Annotated[
    float, PlainValidator(_cost), WithJsonSchema({"type": "string", "pattern": units.SIGNED_PERCENT})
]
Weight = Annotated[Fraction, PlainValidator(units.read_weight), WithJsonSchema(_WEIGHT)]
WindowText = Annotated[
    Window,
    PlainValidator(units.read_window),
    WithJsonSchema({"type": "string", "pattern": units.WINDOW}),
]
Number = Annotated[float, PlainValidator(units.read_number), WithJsonSchema({"type": "number"})]
Quantile = Annotated[
    float,
    PlainValidator(_quantile),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
]
Headroom = Annotated[
    float, PlainValidator(_headroom), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
Count = Annotated[int, Field(ge=1, le=1000)]
Samples = Annotated[int, Field(ge=1, le=10**9)]

Selector = Annotated[Template, PlainValidator(_selector(promql.read_selector)), WithJsonSchema(_PROMQL)]
Histogram = Annotated[
    promql.Histogram, PlainValidator(_selector(promql.read_histogram)), WithJsonSchema(_PROMQL)
]
Gauge = Annotated[
    tuple[Template, tuple[Template, ...]],
    PlainValidator(_selector(promql.read_gauge)),
    WithJsonSchema(_PROMQL),
]

FormatVersion = Annotated[int, PlainValidator(_version_number), WithJsonSchema({"const": 1})]
Name = Annotated[
    str,
    PlainValidator(_matching(NAME, "lower-case letters, digits and -, 63 at most")),
    WithJsonSchema({"type": "string", "pattern": NAME}),
]
CheckName = Annotated[
    str,
    PlainValidator(_matching(CHECK_NAME, "letters, digits, - _ and ., 63 at most")),
    WithJsonSchema({"type": "string", "pattern": CHECK_NAME}),
]
Version = Annotated[
    str,
    PlainValidator(_matching(VERSION, "a subset or host[:port][/subset]")),
    WithJsonSchema({"type": "string", "pattern": VERSION}),
]
Resource = Annotated[
    str,
    PlainValidator(_matching(RESOURCE, "a name as Kubernetes allows it")),
    WithJsonSchema({"type": "string", "pattern": RESOURCE}),
]
RouteName = Annotated[
    str | int,
    PlainValidator(_route),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 9999},
                {"type": "string", "pattern": ROUTE},
            ]
        }
    ),
]
File = Annotated[
    str,
    PlainValidator(_file),
    WithJsonSchema({"type": "string", "pattern": FILE, "maxLength": LONGEST_PATH}),
]
Tenant = Annotated[
    str,
    PlainValidator(_matching(TENANT, "what the X-Scope-OrgID header takes")),
    WithJsonSchema({"type": "string", "pattern": TENANT}),
]
Event = Annotated[
    str,
    PlainValidator(_matching(EVENT, "an event type: letters, digits, - _ and .")),
    WithJsonSchema({"type": "string", "pattern": EVENT}),
]
Variable = Annotated[
    str, PlainValidator(_variable), WithJsonSchema({"type": "string", "pattern": VARIABLE})
]
MergeWord = Annotated[Merge, PlainValidator(_one_of(Merge)), WithJsonSchema({"enum": list(Merge)})]
OnFailWord = Annotated[OnFail, PlainValidator(_one_of(OnFail)), WithJsonSchema({"enum": list(OnFail)})]
RuleWord = Annotated[Rule, PlainValidator(_one_of(Rule)), WithJsonSchema({"enum": list(Rule)})]
