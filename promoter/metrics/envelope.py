"""Prometheus' JSON answer, read strictly: complete and well-formed, or not answered at all."""

from __future__ import annotations

import json
import math
import operator
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn

from promoter.core.evidence import Series
from promoter.metrics.reasons import Blame, NotAnsweredError

# The characters of Prometheus' numbers; float() knows their grammar, but would take more, such as "1_0".
_NUMBERS = re.compile(r"[0-9.eE+NaInf-]+")


@dataclass(frozen=True, slots=True)
class Result:
    """A complete answer: its type (vector, matrix, scalar) and its series in the order of their labels."""

    kind: str
    series: tuple[Series, ...]


def read_envelope(body: bytes, status: int) -> Result:
    """The result in a response's body. Raises NotAnsweredError, its reason not yet cleaned."""
    envelope = _json(body, status)
    if not isinstance(envelope, dict) or envelope.get("status") not in {"success", "error"}:
        raise _foreign(body, status, "as Prometheus does")
    if envelope["status"] == "error" or status != 200:  # noqa: PLR2004 - OK
        raise NotAnsweredError(
            f"Prometheus answered {status}: {envelope.get('errorType', 'error')}: {envelope.get('error', '')}",
            Blame.REQUEST if status >= 500 else Blame.QUERY,  # noqa: PLR2004 - the server's fault
        )
    warnings = envelope.get("warnings")
    if warnings or envelope.get("isPartial"):  # isPartial: VictoriaMetrics' cluster version
        told = "; ".join(map(str, warnings)) if isinstance(warnings, list) else str(warnings or "isPartial")
        raise NotAnsweredError(f"partial answer: {told}", Blame.QUERY)
    try:
        return _result(envelope.get("data"))
    except (ValueError, OverflowError) as error:
        raise NotAnsweredError(f"malformed answer: {error}", Blame.QUERY) from error
    except (TypeError, KeyError, AttributeError) as error:
        raise NotAnsweredError("malformed answer: not built as the API describes", Blame.QUERY) from error


def _json(body: bytes, status: int) -> Any:
    if not body.lstrip()[:1] == b"{":
        raise _foreign(body, status, "with JSON")
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotAnsweredError(f"malformed answer: no valid JSON ({error})", Blame.QUERY) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _foreign(body: bytes, status: int, instead: str) -> NotAnsweredError:
    """An answer that no Prometheus gave: a proxy's, a login page, or a wrong URL's."""
    start = body[:200].lstrip().lower()
    kind = "with HTML" if start.startswith((b"<!doctype", b"<html")) else "with something else"
    reason = f"the server answered {status} {kind if body else 'with nothing'}, not {instead}"
    if status in {400, 413, 414, 431}:  # proxies say so when a URL or a body is too large for them
        return NotAnsweredError(reason, Blame.QUERY)
    if status >= 500:  # noqa: PLR2004 - the server's fault
        return NotAnsweredError(reason, Blame.REQUEST, transient=status in {502, 503, 504})
    return NotAnsweredError(reason, Blame.SERVER)


def _result(data: Any) -> Result:
    kind, result = data["resultType"], data["result"]
    match kind:
        case "matrix":
            series = [_series(one["metric"], _values(one)) for one in result]
        case "vector":
            series = [_series(one["metric"], [_value(one)]) for one in result]
        case "scalar":
            series = [_series({}, [result])]
        case _:
            raise ValueError(f"a result of type {kind!r}")
    series.sort(key=lambda one: one.labels)
    if any(one.labels == other.labels for one, other in zip(series, islice(series, 1, None), strict=False)):
        raise ValueError("the same series twice")
    return Result(kind, tuple(series))


def _values(one: Any) -> Any:
    if "histograms" in one:
        raise ValueError("a native histogram where numbers are expected")
    return one["values"]


def _value(one: Any) -> Any:
    if "histogram" in one:
        raise ValueError("a native histogram where numbers are expected")
    return one["value"]


def _series(metric: Any, samples: Any) -> Series:
    labels = tuple(sorted(metric.items()))
    "".join(value for _, value in labels).encode()  # a lone surrogate cannot be written to any file
    if not samples:
        raise ValueError("a series without samples")
    moments, texts = zip(*samples, strict=True)
    if not {int, float}.issuperset(map(type, moments)):
        raise ValueError("a time that is no number")
    times = tuple(map(float, moments))
    if any(map(operator.ge, times, islice(times, 1, None))) or not math.isfinite(times[0] + times[-1]):
        raise ValueError("times out of order")
    if not _NUMBERS.fullmatch("".join(texts)):
        raise ValueError("a value that is no number")
    return Series(labels, times, tuple(map(float, texts)))
