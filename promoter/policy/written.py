"""A policy as it is written: the one source of the reader's checks and of the JSON Schema."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

from promoter.core.policy import Window
from promoter.core.promql import Template
from promoter.policy import promql, units

WEIGHT = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
        {"type": "string", "pattern": units.PERCENT},
    ]
}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError(f"{str(value)[:60]!r} is no number")  # noqa: TRY004 - pydantic reads ValueErrors
    if not math.isfinite(float(value)):
        raise ValueError(f"{str(value)[:60]} is too large")
    return float(value)


def _limit(value: object) -> int | Decimal | str:
    """A limit is a share, a duration or a number: which one fits is known from its check."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise ValueError(f"{str(value)[:60]!r} is no limit")  # noqa: TRY004 - pydantic reads ValueErrors
    if not isinstance(value, str):
        _number(value)
    return value


def _share(value: object) -> Fraction:
    share = units.read_percent(value)
    if not 0 < share < 1:
        raise ValueError(f"{value} must be above 0% and below 100%")
    return share


def _rate(value: object) -> Fraction:
    share = _share(value)
    if share > Fraction(1, 2):
        raise ValueError(f"{value} must be above 0% and at most 50%: more is a coin's toss")
    return share


def _fraction(value: object) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError(f"{value} must be from 0 to 1")
    return number


def _file(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a path in the repository")
    parts = value.split("/")
    if (
        value.startswith("/")
        or re.search(r"[\x00-\x1f\x7f\\]", value)
        or any(p in ("", ".", "..") for p in parts)
    ):
        raise ValueError(f"{value[:80]!r} must be a path inside the repository, without . or ..")
    if parts[0].lower() == ".github" or any(part.lower() == ".git" for part in parts):
        raise ValueError(f"{value[:80]!r}: promoter changes nothing in .git and .github")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be PromQL")
    return value


def _selector(value: object) -> Template:
    return promql.read_selector(_text(value))


def _histogram(value: object) -> promql.Histogram:
    return promql.read_histogram(_text(value))


def _gauge(value: object) -> tuple[Template, tuple[Template, ...]]:
    return promql.read_gauge(_text(value))


def _signed_percent(value: object) -> Fraction:
    return units.read_percent(value, signed=True)


# PlainValidator: these readers do the whole work, and the schema says what they accept.
Percent = Annotated[
    Fraction, PlainValidator(units.read_percent), WithJsonSchema({"type": "string", "pattern": units.PERCENT})
]
SignedPercent = Annotated[
    Fraction,
    PlainValidator(_signed_percent),
    WithJsonSchema({"type": "string", "pattern": units.SIGNED_PERCENT}),
]
Share = Annotated[
    Fraction, PlainValidator(_share), WithJsonSchema({"type": "string", "pattern": units.PERCENT})
]
ErrorRate = Annotated[
    Fraction, PlainValidator(_rate), WithJsonSchema({"type": "string", "pattern": units.PERCENT})
]
Duration = Annotated[
    timedelta,
    PlainValidator(units.read_duration),
    WithJsonSchema({"type": "string", "pattern": units.DURATION}),
]
Weight = Annotated[Fraction, PlainValidator(units.read_weight), WithJsonSchema(WEIGHT)]
WindowText = Annotated[
    Window,
    PlainValidator(units.read_window),
    WithJsonSchema({"type": "string", "examples": ["Mon-Fri 09:00-18:00 Asia/Shanghai"]}),
]
UnitFraction = Annotated[
    float, PlainValidator(_fraction), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
Limit = Annotated[int | Decimal | str, PlainValidator(_limit), WithJsonSchema({"type": ["number", "string"]})]
File = Annotated[str, PlainValidator(_file), WithJsonSchema({"type": "string", "minLength": 1})]
Selector = Annotated[Template, PlainValidator(_selector), WithJsonSchema({"type": "string", "minLength": 1})]
Buckets = Annotated[
    promql.Histogram, PlainValidator(_histogram), WithJsonSchema({"type": "string", "minLength": 1})
]
Gauge = Annotated[
    tuple[Template, tuple[Template, ...]],
    PlainValidator(_gauge),
    WithJsonSchema({"type": "string", "minLength": 1}),
]
Tenant = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,250}$")]
CheckName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._:/-]{0,250}[A-Za-z0-9])?$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class Written(BaseModel):
    """Strict: no unknown keys, no coercion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


class Route(Written):
    """The weighted route in a manifest."""

    file: File
    kind: Literal["VirtualService", "HTTPRoute"]
    name: Text
    namespace: Text | None = None
    http: Text | int | None = Field(default=None, description="a route's name, or its index")


class Workload(Written):
    """What runs behind a version."""

    file: File
    kind: Text
    name: Text
    namespace: Text | None = None


class Step(Written):
    """One rung of the ladder with its own settings."""

    weight: Weight
    merge: Literal["approval", "auto", "observe"] | None = None
    bake: Duration | None = None


class StepRange(Written):
    """Evenly spaced rungs: from, from + by, … up to `to`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)
    start: Weight = Field(alias="from")
    by: Weight
    to: Weight = Field(default=100, validate_default=True)


class Bake(Written):
    """How long a step is proven."""

    min: Duration = Field(default="10m", validate_default=True)
    max: Duration = Field(default="24h", validate_default=True)


class After(Written):
    """A rollout that goes first."""

    rollout: Name
    weight: Weight = Field(default=100, validate_default=True)
    bake: Duration = Field(default="0s", validate_default=True)


class Threshold(Written):
    """M of N windows."""

    window: Duration = Field(default="2m", validate_default=True)
    last: int = Field(default=5, ge=1, le=1000)
    breaches: int = Field(default=3, ge=1, le=1000)
    min_samples: int = Field(default=20, ge=1)


class Judge(Written):
    """Error rates, and the rule of all checks that have none of their own."""

    alpha: ErrorRate = Field(default="5%", validate_default=True)
    beta: ErrorRate = Field(default="5%", validate_default=True)
    headroom: UnitFraction = Field(
        default=Decimal("0.5"), validate_default=True, json_schema_extra={"default": 0.5}
    )
    rule: Literal["sequential", "threshold"] = "sequential"
    threshold: Threshold | None = None


class Prometheus(Written):
    """How to ask; where it is comes from the environment."""

    step: Duration = Field(default="30s", validate_default=True)
    tenant: Tenant | None = None
    freshness: Duration = Field(default="2m", validate_default=True)


class Applied(Written):
    """How to see the split."""

    requests: Selector


class Check(Written):
    """One health condition; which keys go together is told by its kind."""

    bad: Selector | None = None
    total: Selector | None = None
    histogram: Buckets | None = None
    quantile: UnitFraction | None = None
    gauge: Gauge | None = None
    at_most: Limit | None = None
    at_least: Limit | None = None
    within: Percent | None = None
    growth_at_most: Percent | None = None
    expect: SignedPercent | None = None
    on_fail: Literal["freeze", "rollback"] | None = None
    stderr: Gauge | None = Field(
        default=None, description="the standard error published with a gauge's reading"
    )
    samples: Gauge | None = Field(
        default=None, description="or how many samples the reading was evaluated on"
    )
    rule: Literal["sequential", "threshold"] | None = None
    threshold: Threshold | None = None


class Objective(Written):
    """What picks the winner of an experiment."""

    metric: Text
    direction: Literal["maximize", "minimize"]


class Experiment(Written):
    """Several candidates."""

    hold_at: Weight
    objective: Objective | None = None


class OnFreeze(Written):
    """What a freeze sets off."""

    dispatch: Text


def _is_mapping(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "plain"


Rung = Annotated[
    Annotated[Weight, Tag("plain")] | Annotated[Step, Tag("mapping")], Discriminator(_is_mapping)
]
Steps = Annotated[
    Annotated[list[Rung], Field(min_length=1), Tag("plain")] | Annotated[StepRange, Tag("mapping")],
    Discriminator(_is_mapping),
]


class WrittenPolicy(Written):
    """The rules of one rollout."""

    version: Literal[1]
    name: Name
    route: Route
    stable: Version
    candidates: list[Version] = Field(min_length=1)
    workloads: dict[str, Workload] = Field(default_factory=dict)
    steps: Steps = Field(default_factory=lambda: [1, 5, 20, 50, 100], validate_default=True)
    merge: Literal["approval", "auto", "observe"] = "approval"
    bake: Bake = Field(default_factory=Bake)
    settle: Duration = Field(default="90s", validate_default=True)
    apply_deadline: Duration = Field(default="15m", validate_default=True)
    on_fail: Literal["freeze", "rollback"] = "freeze"
    windows: list[WindowText] = Field(default_factory=list)
    after: list[After] = Field(default_factory=list)
    judge: Judge = Field(default_factory=Judge)
    prometheus: Prometheus = Field(default_factory=Prometheus)
    applied: Applied | None = None
    ready: Selector = Field(default='up{version="$version"}', validate_default=True)
    checks: dict[CheckName, Check] = Field(min_length=1)
    experiment: Experiment | None = None
    notify: list[Variable] = Field(default_factory=list)
    on_freeze: OnFreeze | None = None
