"""PromQL checked offline, and cut at its `$version` placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import promql_parser
from promql_parser import Call, MatrixSelector, NumberLiteral, StringLiteral, SubqueryExpr, VectorSelector

from promoter.core.promql import Quoting, Template
from promoter.policy.refused import RefusedError
from promoter.report.numbers import one_line

DEEPEST = 60  # opening parentheses: walking deeply nested ones takes minutes
LONGEST = 4_000  # characters; deeper nesting than fits in here means nothing to anybody
# Where `$version` may stand: in a string behind a matching operator. Strings elsewhere are arguments of
# functions, where `$1` has a meaning of its own; comments are cut.
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<operator>=~|!~|!=|=)(?P<blank>\s*)(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
      | (?P<loose>\$)""",
    re.VERBOSE | re.DOTALL,
)
_NAMED = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))", re.ASCII)
_BYTE_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\[x0-7]")
_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_INSIDE = 'put $version into a double-quoted label value, like version="$version"'


class PromqlError(RefusedError):
    """PromQL that cannot be asked; says why, in one line."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """A classic histogram: its name without suffix, and the selectors of its two series."""

    metric: str
    bucket: Template
    count: Template


@lru_cache(maxsize=1024)
def read_selector(text: str) -> Template:
    """A plain vector selector with `$version` in it. Raises PromqlError otherwise."""
    template = _read(text)
    _plain(template)
    return template


def read_histogram(text: str) -> Histogram:
    """A histogram's selector, written with its plain name or its `_bucket`."""
    template = _read(text)
    parsed = _plain(template)
    name = _METRIC.match(template.source)
    if name is None:
        raise PromqlError(
            "does not begin with the histogram's name", 'write it like name{version="$version"}'
        )
    if name[0].endswith(("_count", "_sum")):
        bare = name[0].rpartition("_")[0]
        raise PromqlError(f"{name[0]} is one series of a histogram", f"name the histogram itself: {bare}")
    if any(matcher.name == "le" for matcher in parsed.matchers.matchers):
        raise PromqlError("has a matcher on le", "leave it out: promoter picks the bucket by at_most")
    bare, rest = name[0].removesuffix("_bucket"), template.source[name.end() :]
    return Histogram(bare, _cut(f"{bare}_bucket{rest}"), _cut(f"{bare}_count{rest}"))


def read_gauge(text: str) -> tuple[Template, tuple[Template, ...]]:
    """An expression that gives an instant vector, and the plain selectors in it, whose samples must be fresh."""
    template = _read(text)
    stand_in = _stand_in(template.source)
    parsed = _parsed(template, stand_in)
    kind = _kind(parsed)
    if kind != "vector":
        example = 'write an expression with one value at a time, like avg(metric{version="$version"})'
        raise PromqlError(f"gives a {kind}, not an instant vector", example)
    found: dict[str, None] = {}

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, SubqueryExpr) and (node.offset is not None or node.at is not None):
            raise PromqlError(*_OTHER_TIME)
        selector = node.vector_selector if isinstance(node, MatrixSelector) else node
        if isinstance(selector, VectorSelector):
            _at_its_time(selector)
            found[selector.prettify().strip()] = None
        return True

    promql_parser.walk(parsed, visit)
    selectors = tuple(_cut(selector.replace(stand_in, "$version")) for selector in found)
    return template, selectors


def metric_name(template: Template) -> str:
    """The name a selector begins with, "" where it has none."""
    name = _METRIC.match(template.source)
    return name[0] if name else ""


_OTHER_TIME = (
    "has offset or @, which read another time than the one that is judged",
    "leave them out",
)


def _plain(template: Template) -> VectorSelector:
    """The selector, if it is nothing else."""
    parsed = _parsed(template, _stand_in(template.source))
    if not isinstance(parsed, VectorSelector):
        hint = (
            'write metric{version="$version"}: promoter counts from raw samples, because rate() and increase() '
            "miss the first error of a new series"
        )
        raise PromqlError(f"must be a plain selector, without {_what(parsed)}", hint)
    _at_its_time(parsed)
    if parsed.matchers.or_matchers:
        raise PromqlError("must be one selector, without `or` between matchers", "=~ takes alternatives")
    if parsed.name is None and all(matcher.name != "__name__" for matcher in parsed.matchers.matchers):
        raise PromqlError("names no metric: it would read everything", 'write metric{version="$version"}')
    return parsed


def _what(parsed: promql_parser.Expr) -> str:
    match parsed:
        case Call():
            return f"{parsed.func.name}()"
        case MatrixSelector() | SubqueryExpr():
            return "a range"
        case promql_parser.ParenExpr():
            return "parentheses"
        case promql_parser.AggregateExpr():
            return "an aggregation"
        case _:
            return "an operator or a literal"


def _at_its_time(selector: VectorSelector) -> None:
    if selector.offset is not None or selector.at is not None:
        raise PromqlError(*_OTHER_TIME)


def _kind(parsed: promql_parser.Expr) -> str:
    """What evaluating it gives: an expression of scalars is one, any vector in it makes it a vector."""
    kinds = set()
    nodes = [parsed]
    while nodes:
        match nodes.pop():
            case promql_parser.ParenExpr() | promql_parser.UnaryExpr() as around:
                nodes.append(around.expr)
            case promql_parser.BinaryExpr() as binary:
                nodes += [binary.lhs, binary.rhs]
            case NumberLiteral():
                kinds.add("scalar")
            case StringLiteral():
                kinds.add("string")
            case MatrixSelector() | SubqueryExpr():
                kinds.add("range of values")
            case Call() as call:
                kinds.add("scalar" if call.func.return_type == promql_parser.ValueType.Scalar else "vector")
            case _:
                kinds.add("vector")
    return "vector" if "vector" in kinds else kinds.pop()


def _parsed(template: Template, stand_in: str) -> promql_parser.Expr:
    try:
        return promql_parser.parse(template.render(stand_in))
    except (ValueError, UnicodeError) as error:
        words = one_line(str(error).replace(stand_in, "$version"))
        raise PromqlError(f"is no PromQL: {words}") from error


def _stand_in(text: str) -> str:
    """A version's name that the text does not contain.

    It begins with p: neither a PromQL string nor a regular expression may have an escaped p with these letters
    after it, so the parser refuses a backslash before `$version`.
    """
    name = "promoterversion"
    while name in text:
        name += "x"
    return name


def _read(text: str) -> Template:
    """The template of a text that someone wrote."""
    if len(text) > LONGEST:
        raise PromqlError(f"is longer than {LONGEST:,} characters")
    if text.count("(") > DEEPEST:
        raise PromqlError(f"has more than {DEEPEST} opening parentheses")
    if _BYTE_ESCAPE.search(text):
        raise PromqlError(r"has an escape by number, like \x41", "write the character itself")
    template = _cut(_TOKEN.sub(_without_comment, text).strip())
    if len(template.parts) == 1:
        raise PromqlError("does not say $version: stable and candidate would read the same data", _INSIDE)
    return template


def _without_comment(token: re.Match[str]) -> str:
    return " " if token["comment"] else token[0]


def _cut(text: str) -> Template:
    """Cut at the placeholders; each must stand in a double-quoted label value."""
    parts: list[str | Quoting] = []
    place = 0
    for start, end, quoting in _placeholders(text):
        parts += [text[place:start], quoting]
        place = end
    return Template(source=text, parts=(*parts, text[place:]))


def _placeholders(text: str) -> Iterator[tuple[int, int, Quoting]]:
    for token in _TOKEN.finditer(text):
        if token["value"]:
            for named in _NAMED.finditer(text, token.start("value"), token.end("value")):
                _allowed(named, token["operator"], token["value"])
                yield named.start(), named.end(), _QUOTING[token["operator"]]
        elif token["string"] and any(_name(found) == "version" for found in _NAMED.finditer(token["string"])):
            raise PromqlError("$version stands in a string that is no label's value", _INSIDE)
        elif token["loose"]:
            loose = _NAMED.match(text, token.start())
            raise PromqlError(f"{loose[0] if loose else '$'} stands outside of a string", _INSIDE)


_QUOTING = {"=": Quoting.STRING, "=~": Quoting.REGEX}


def _allowed(named: re.Match[str], operator: str, value: str) -> None:
    if _name(named) != "version":
        raise PromqlError(f"{one_line(named[0], 60)} is not known", "the one placeholder is $version")
    if operator not in _QUOTING:
        raise PromqlError(f"{operator} with $version reads every version but this one", "write = or =~")
    if not value.startswith('"'):
        raise PromqlError(
            f"$version stands between {value[0]} and {value[0]}", 'use double quotes: "$version"'
        )


def _name(named: re.Match[str]) -> str:
    return named[1] or named[2]
