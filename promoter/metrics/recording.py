"""Recorded evidence as a value and as JSON text, both ways: what was asked, what was answered, when."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NoReturn

from promoter.core.evidence import (
    Answer,
    Answers,
    InstantValue,
    Query,
    RangeValues,
    RawSamples,
    Series,
    Unknown,
)
from promoter.errors import RecordingError, Where
from promoter.metrics.reasons import clean
from promoter.report.numbers import rfc3339

VERSION = 1
_NOT_FINITE = {"NaN": math.nan, "+Inf": math.inf, "-Inf": -math.inf}
_EXACT = 2**53  # below it every integer is a float of its own
_KEYS = {
    "raw": {"raw", "start", "end"},
    "range": {"range", "start", "end", "step"},
    "instant": {"instant", "at"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Answers by tenant (None: asked without one), and the moment they were about, to the second."""

    at: datetime
    answers: Mapping[str | None, Answers]


def recording_json(recording: Recording) -> str:
    """A recording as JSON, one query a line. The same recording gives the same text."""
    lines = [
        json.dumps(_entry(tenant, query, answer), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        for tenant, answers in recording.answers.items()
        for query, answer in answers.items()
    ]
    head = f'{{"version": {VERSION}, "at": "{rfc3339(recording.at)}", "answers": ['
    return head + ("\n" + ",\n".join(sorted(lines)) if lines else "") + "\n]}\n"


def _entry(tenant: str | None, query: Query, answer: Answer | Unknown) -> dict[str, Any]:
    entry: dict[str, Any] = {} if tenant is None else {"tenant": tenant}
    match query:
        case RawSamples(selector, start, end):
            entry |= {"raw": selector, "start": _plain(start), "end": _plain(end)}
        case RangeValues(expr, start, end, step):
            entry |= {"range": expr, "start": _plain(start), "end": _plain(end), "step": _plain(step)}
        case InstantValue(expr, at):
            entry |= {"instant": expr, "at": _plain(at)}
    if isinstance(answer, Unknown):
        return {**entry, "unknown": answer.reason}
    return {**entry, "series": [_series_entry(one) for one in answer.series]}


def _series_entry(series: Series) -> dict[str, Any]:
    times, values = (list(map(_plain, numbers)) for numbers in (series.times, series.values))
    return {"labels": dict(series.labels), "times": times, "values": values}


def _plain(value: float) -> float | int | str:
    """A JSON number, as short as it can be said exactly; text where JSON has no number."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    whole = value.is_integer() and abs(value) < _EXACT and math.copysign(1, value) > 0
    return int(value) if whole else value


def read_recording(name: str, text: str) -> Recording:
    """The recording in a file's text; `name` is the file's, for messages. Raises RecordingError."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
        at, entries = _head(document)
    except json.JSONDecodeError as error:
        where = Where(name, error.lineno, error.colno)
        raise RecordingError(f"no JSON: {error.msg.lower()}", where=where, hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"no recorded evidence: {error}", where=Where(name), hint=_HINT) from error
    answers: dict[str | None, dict[Query, Answer | Unknown]] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            tenant, query, answer = _read_entry(entry)
            _expect(query not in answers.setdefault(tenant, {}), "the same query twice")
        except ValueError as error:
            raise RecordingError(f"answer {number}: {error}", where=Where(name), hint=_HINT) from error
        answers[tenant][query] = answer
    return Recording(at=at, answers=answers)


_HINT = "record it anew with --record"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _head(document: Any) -> tuple[datetime, list[Any]]:
    _expect(isinstance(document, dict) and "version" in document, "it has no version")
    version = document["version"]
    _expect(version == VERSION, f"version {version!r} is not {VERSION}, the one this promoter reads")
    _expect(set(document) == {"version", "at", "answers"}, "it should have version, at and answers")
    at = datetime.fromisoformat(_text(document["at"], "at"))
    _expect(at.tzinfo is not None, "at has no time zone")
    _expect(isinstance(document["answers"], list), "answers is no list")
    return at.astimezone(UTC), document["answers"]


def _read_entry(entry: Any) -> tuple[str | None, Query, Answer | Unknown]:
    _expect(isinstance(entry, dict), "it is no object")
    tenant = _text(entry.pop("tenant"), "tenant") if "tenant" in entry else None
    known = {"series", "unknown"} & set(entry)
    _expect(len(known) == 1, "it should have either series or unknown")
    answer = _read_answer(entry)
    kind = next((kind for kind, keys in _KEYS.items() if set(entry) == keys), None)
    _expect(kind is not None, "it asks nothing: raw, range or instant with their times are expected")
    text = _text(entry.pop(kind), str(kind))
    times = {key: _number(value) for key, value in entry.items()}
    match kind:
        case "raw":
            return tenant, RawSamples(text, **times), answer
        case "range":
            return tenant, RangeValues(text, **times), answer
        case _:
            return tenant, InstantValue(text, **times), answer


def _read_answer(entry: dict[str, Any]) -> Answer | Unknown:
    if "unknown" in entry:
        return Unknown(clean(_text(entry.pop("unknown"), "unknown")))
    found = entry.pop("series")
    _expect(isinstance(found, list), "series is no list")
    return Answer(tuple(map(_read_series, found)))


def _read_series(found: Any) -> Series:
    _expect(isinstance(found, dict) and set(found) == {"labels", "times", "values"}, "a series is incomplete")
    labels, times, values = found["labels"], found["times"], found["values"]
    _expect(
        isinstance(labels, dict) and all(isinstance(v, str) for v in labels.values()), "labels are no texts"
    )
    "".join((*labels, *labels.values())).encode()  # a lone surrogate cannot be written to any file
    _expect(isinstance(times, list) and isinstance(values, list), "times and values are no lists")
    _expect(len(times) == len(values), "times and values differ in number")
    moments = tuple(map(_number, times))
    in_order = all(one < other for one, other in pairwise(moments))
    _expect(in_order and all(map(math.isfinite, moments)), "times are out of order")
    return Series(tuple(sorted(labels.items())), moments, tuple(map(_number, values)))


def _number(value: Any) -> float:
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    _expect(
        isinstance(value, (int, float)) and not isinstance(value, bool), f"{str(value)[:40]!r} is no number"
    )
    try:
        return float(value)
    except OverflowError:
        raise ValueError("a number too large") from None


def _text(value: Any, what: str) -> str:
    _expect(isinstance(value, str), f"{what} is no text")
    return str(value)


def _expect(fine: object, problem: str) -> None:
    if not fine:
        raise ValueError(problem)
