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
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise _malformed(error) from error


def _json(body: bytes, status: int) -> Any:
    if not body.lstrip()[:1] == b"{":
        raise _foreign(body, status, "with JSON")
    try:
        # Each series becomes a value as soon as it is read: the lists of its samples never pile up.
        return json.loads(body, object_hook=_read_series, parse_constant=_refuse_constant)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise _malformed(error) from error


def _malformed(error: Exception) -> NotAnsweredError:
    match error:
        case json.JSONDecodeError() | UnicodeDecodeError() | RecursionError():
            words = "no valid JSON"
        case ValueError():
            words = str(error)
        case _:
            words = "not built as the API describes"
    return NotAnsweredError(f"malformed answer: {words}", Blame.QUERY)


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
    if kind == "scalar":
        return Result(kind, (_series({}, [result]),))
    if kind not in {"vector", "matrix"}:
        raise ValueError(f"a result of type {kind!r}")
    if not all(isinstance(one, Series) for one in result):
        raise TypeError("something that is no series")
    series = sorted(result, key=lambda one: one.labels)
    if any(one.labels == other.labels for one, other in zip(series, islice(series, 1, None), strict=False)):
        raise ValueError("the same series twice")
    return Result(kind, tuple(series))


def _read_series(found: dict[str, Any]) -> Series | dict[str, Any]:
    """A series where a JSON object is one; its labels are an object, which no label's value can be."""
    metric = found.get("metric")
    if not isinstance(metric, dict):
        return found
    if "histogram" in found or "histograms" in found:
        raise ValueError("a native histogram where numbers are expected")
    return _series(metric, [found["value"]] if "value" in found else found.get("values"))


def _series(metric: Any, samples: Any) -> Series:
    labels = tuple(sorted(metric.items()))
    "".join(map("".join, labels)).encode()  # a lone surrogate cannot be written to any file
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
