"""Instant vector expressions joined into one query, each result marked with the number of its own."""

from __future__ import annotations

from typing import Any

import promql_parser

from promoter.core.evidence import Series

# The label that carries the number; it is taken off again before anyone sees it.
_MARK = "promoter_query"


def joinable(text: str) -> bool:
    """Whether an expression is known to give an instant vector, and ends where its text ends."""
    try:
        parsed = promql_parser.parse(text)
    except (ValueError, UnicodeError):
        return False
    return "#" not in text and _is_vector(parsed)  # a comment would swallow what follows


def _is_vector(expr: Any) -> bool:
    match expr:
        case promql_parser.VectorSelector() | promql_parser.AggregateExpr():
            return True
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            return _is_vector(expr.expr)
        case promql_parser.BinaryExpr():
            return _is_vector(expr.lhs) or _is_vector(expr.rhs)
        case promql_parser.Call():
            return bool(expr.func.return_type == promql_parser.ValueType.Vector)
        case _:
            return False


def marked(text: str, number: int) -> str:
    """The expression with the number on each of its results."""
    return f'label_replace({text},"{_MARK}","{number}","","")'


def unmarked(series: Series) -> tuple[int, Series]:
    """The number of a result's expression, and the result without it. Raises ValueError where it has none."""
    labels = dict(series.labels)
    number = int(labels.pop(_MARK, ""))
    return number, Series(tuple(labels.items()), series.times, series.values)
