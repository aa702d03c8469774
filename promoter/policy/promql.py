"""PromQL checked offline, and cut at its `$version` placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import promql_parser

from promoter.core.promql import Quoting, Template

_NAME = re.compile(r"\$(\w+|\{\w+\})?")
_STAND_IN = "promoterversion"


class PromqlError(ValueError):
    """PromQL that cannot be asked; the text says why, in one line."""


def read_selector(text: str) -> Template:
    """A plain vector selector with `$version` in it. Raises PromqlError otherwise."""
    template = _template(text)
    parsed = _parsed(template.render(_STAND_IN))
    if not isinstance(parsed, promql_parser.VectorSelector) or parsed.offset or parsed.at:
        raise PromqlError(
            'must be a plain selector, like requests_total{version="$version"}: promoter counts from raw samples, '
            "because rate() and increase() do not see the first increment of a newborn series"
        )
    if parsed.matchers.or_matchers:
        raise PromqlError("must be one plain selector, without `or` between matchers")
    return template


def read_gauge(text: str) -> tuple[Template, tuple[Template, ...]]:
    """An expression that gives an instant vector, and the plain selectors in it that need be fresh."""
    template = _template(text)
    parsed = _parsed(template.render(_STAND_IN))
    if isinstance(
        parsed, (promql_parser.NumberLiteral, promql_parser.StringLiteral, promql_parser.MatrixSelector)
    ):
        raise PromqlError(
            'must be an expression with one value at a time, like avg(metric{version="$version"})'
        )
    found = tuple(dict.fromkeys(_selectors(parsed)))
    if not found:
        raise PromqlError("reads no metric")
    return template, tuple(_template(text.replace(_STAND_IN, "$version"), needed=False) for text in found)


def with_suffix(template: Template, metric_suffix: str) -> Template:
    """The selector of `name_bucket` or `name_count` for a histogram written by its name."""
    name = re.match(r"\s*([A-Za-z_:][A-Za-z0-9_:]*)", template.source)
    if name is None:
        raise PromqlError("must begin with the histogram's name")
    bare = name[1].removesuffix("_bucket")
    return _template(bare + metric_suffix + template.source[name.end() :])


def metric_name(template: Template) -> str:
    """The name a selector begins with, "" where it has none."""
    name = re.match(r"\s*([A-Za-z_:][A-Za-z0-9_:]*)", template.source)
    return name[1] if name else ""


def _parsed(query: str) -> Any:
    try:
        return promql_parser.parse(query)
    except (ValueError, UnicodeError) as error:
        words = " ".join(str(error).replace(_STAND_IN, "$version").split())
        raise PromqlError(f"is no PromQL: {words[:200]}") from error


def _template(text: str, *, needed: bool = True) -> Template:
    """Cut at the placeholders; each must stand in a double-quoted label value."""
    parts: list[str | Quoting] = []
    place = 0
    for start, end, quoting in _placeholders(text):
        parts += [text[place:start], quoting]
        place = end
    parts.append(text[place:])
    if needed and len(parts) == 1:
        raise PromqlError("does not say $version: stable and candidate would read the same data")
    return Template(source=text, parts=tuple(parts))


def _placeholders(text: str) -> Iterator[tuple[int, int, Quoting]]:
    quote, start, index = "", 0, 0
    while index < len(text):
        char = text[index]
        if quote and quote != "`" and char == "\\":
            index += 2
            continue
        if char in "\"'`" and quote in ("", char):
            quote, start = ("", 0) if quote else (char, index)
        elif char == "$" and (match := _NAME.match(text, index)) and match[1]:
            if match[1] not in ("version", "{version}"):
                raise PromqlError(f"{match[0]} is not known; the one placeholder is $version")
            if quote != '"':
                raise PromqlError(
                    '$version must stand in a double-quoted label value, like version="$version"'
                )
            yield index, match.end(), _quoting(text[:start])
            index = match.end() - 1
        index += 1


def _quoting(before: str) -> Quoting:
    head = before.rstrip()
    return Quoting.REGEX if head.endswith(("=~", "!~")) else Quoting.STRING


def _selectors(node: Any) -> Iterator[str]:
    """The plain selectors in an expression, as text, without offset or range."""
    if isinstance(node, promql_parser.MatrixSelector):
        yield from _selectors(node.vector_selector)
        return
    if isinstance(node, promql_parser.VectorSelector):
        if not node.offset and not node.at:
            yield str(node.prettify()).strip()
        return
    for name in ("expr", "lhs", "rhs"):
        child = getattr(node, name, None)
        if child is not None:
            yield from _selectors(child)
    for child in getattr(node, "args", None) or ():
        yield from _selectors(child)
