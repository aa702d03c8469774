"""promql: whatever a version is called, the query keeps its shape and asks for that version."""

from __future__ import annotations

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.promql import Quoting, Template

PLAIN = Template(source="", parts=('x{version="', Quoting.STRING, '", a="b"}'))
REGEX = Template(source="", parts=('x{version=~"(', Quoting.REGEX, ')|other", a="b"}'))
# A null character cannot be written in PromQL at all; surrogates cannot be sent.
versions = st.text(st.characters(min_codepoint=1, codec="utf-8") | st.sampled_from('\\"\n{}.*+|'))


def matchers(query: str) -> dict[str, str]:
    parsed = promql_parser.parse(query)
    assert isinstance(parsed, promql_parser.VectorSelector)
    return {matcher.name: matcher.value for matcher in parsed.matchers.matchers}


@given(versions)
def test_no_version_ends_the_string_it_is_put_into(version: str) -> None:
    assert matchers(PLAIN.render(version)) == {"version": version, "a": "b"}


@pytest.mark.parametrize(
    "version",
    ["v9-gray", "v1.2.3", "yolo:80/v9", 'a"} or vector(0) or x{b="', "a\\", "(a|b)*", "a b", "$^#&~"],
)
def test_a_version_in_a_regular_expression_matches_itself(version: str) -> None:
    query = REGEX.render(version)
    pattern = matchers(query)["version"]
    assert matchers(query)["a"] == "b"
    assert pattern.startswith("(")
    assert pattern.endswith(")|other")
    inner = pattern.removeprefix("(").removesuffix(")|other")
    assert unescaped(inner) == version


def unescaped(pattern: str) -> str:
    """A pattern of escaped literals only, as RE2 reads it."""
    found, rest = "", pattern
    while rest:
        if rest[0] == "\\":
            found, rest = found + rest[1], rest[2:]
            continue
        assert rest[0] not in ".+*?()|[]{}^$", f"{rest[0]} acts in {pattern}"
        found, rest = found + rest[0], rest[1:]
    return found


def test_a_query_without_a_placeholder_is_what_was_written() -> None:
    assert Template(source="up", parts=("up",)).render("v9") == "up"


def test_every_placeholder_is_filled() -> None:
    twice = Template(source="", parts=('a{v="', Quoting.STRING, '"} / b{v="', Quoting.STRING, '"}'))
    assert twice.render("v9") == 'a{v="v9"} / b{v="v9"}'
