"""Plain vector selectors: read, merged into one that matches them all, and told apart again.

`m{a="1",b="x"}` and `m{a="2",b="x"}` become `{__name__="m",a=~"1|2",b="x"}`. A merged selector may match more
than its parts together; each series of the answer is given only to the parts that match it exactly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

import promql_parser

# RE2 reads these as operators; every other character stands for itself.
_OPERATORS = str.maketrans({char: "\\" + char for char in "\\.+*?()|[]{}^$"})
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Byte escapes can spell text that is no Unicode; the parser and Prometheus read them differently.
_BYTE_ESCAPE = re.compile(r"\\[x0-7]")

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What selectors must have in common to be merged: all but the values of their `=` matchers.

    `labels` are the names of the `=` matchers, sorted, the metric name apart; `others` the remaining
    matchers as PromQL, sorted.
    """

    metric: str
    labels: Labels
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """A plain selector; `shape` is None where it can only be asked as it stands.

    `values` are those of the `=` matchers, in the order of `shape.labels`.
    """

    shape: Shape | None = None
    values: Labels = ()


def read_selector(text: str) -> Selector:
    """A selector without offset, `@` or range. Raises ValueError, in words, for anything else."""
    try:
        parsed = promql_parser.parse(text)
    except (ValueError, UnicodeError) as error:
        raise ValueError("not a PromQL selector") from error
    if not isinstance(parsed, promql_parser.VectorSelector):
        raise ValueError("not a plain selector")  # noqa: TRY004 - the text is wrong, not a Python type
    if parsed.offset is not None or parsed.at is not None:
        raise ValueError("a selector with offset or @")
    if parsed.matchers.or_matchers or _BYTE_ESCAPE.search(text):
        return Selector()
    return _read_matchers(parsed)


def _read_matchers(parsed: promql_parser.VectorSelector) -> Selector:
    metric = parsed.name
    equals: dict[str, str] = {}
    others: list[str] = []
    for matcher in parsed.matchers.matchers:
        name, value, operator = matcher.name, matcher.value, _operator(matcher.op)
        if name == "__name__" and operator == "=" and metric is None:
            metric = value
        elif operator == "=" and name not in equals and _LABEL.fullmatch(name):
            equals[name] = value
        elif operator != "=" and _LABEL.fullmatch(name):
            others.append(f"{name}{operator}{quoted(value)}")
        else:
            return Selector()
    if not metric:
        return Selector()
    labels = tuple(sorted(equals))
    shape = Shape(metric, labels, tuple(sorted(others)))
    return Selector(shape, tuple(equals[label] for label in labels))


def _operator(op: promql_parser.MatchOp) -> str:
    kinds = promql_parser.MatchOp  # its values are not hashable
    signs = ((kinds.Equal, "="), (kinds.NotEqual, "!="), (kinds.Re, "=~"), (kinds.NotRe, "!~"))
    return next(sign for kind, sign in signs if op == kind)


def merged(shape: Shape, columns: Sequence[Sequence[str]]) -> str:
    """The selector that matches every combination of `columns`: for each label its values."""
    matchers = [f"__name__={quoted(shape.metric)}"]
    for label, values in zip(shape.labels, columns, strict=True):
        if len(values) == 1:
            matchers.append(f"{label}={quoted(values[0])}")
        else:
            matchers.append(f"{label}=~{quoted('|'.join(map(literal, values)))}")
    return "{" + ",".join((*matchers, *shape.others)) + "}"


def literal(value: str) -> str:
    """A regular expression (RE2) that matches exactly `value`."""
    return value.translate(_OPERATORS)


def quoted(value: str) -> str:
    """A PromQL string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def url_bytes(text: str) -> int:
    """How long a text is inside a URL's query."""
    return len(quote_plus(text, errors="replace"))
