"""nodes: strict reading of what leads to a weight."""

from __future__ import annotations

import pytest

from promoter.errors import ManifestError
from promoter.manifest.nodes import Reader, is_null, loose, scalar, text_of, walk
from promoter.yaml_source import YamlSource


def reader(text: str) -> Reader:
    return Reader(YamlSource("f.yaml", text))


def test_fields_are_read_by_name() -> None:
    read = reader("a: 1\n'b': x\nc: ~\nd: ''\n")
    fields = read.fields(read.roots[0], "it")  # type: ignore[arg-type]
    assert [scalar(fields, key) for key in "abcde"] == ["1", "x", None, "", None]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1\na: 2\n", "f.yaml:2:1: it has the key 'a' twice"),
        ("<<: {a: 1}\n", "it has a merge key"),
        ("[a]: 1\n", "a key that is no text"),
        ("- a\n", "it is no mapping"),
        ("&a\nself: *a\n", "it is shared by a YAML alias"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: str, why: str) -> None:
    read = reader(text)
    with pytest.raises(ManifestError, match="^.*" + why.replace("[", r"\[")):
        read.fields(read.roots[0], "it")  # type: ignore[arg-type]


def test_a_list_under_an_alias_is_refused() -> None:
    read = reader("a: &l [1]\nb: *l\n")
    with pytest.raises(ManifestError, match="shared by a YAML alias"):
        read.items(loose(read.roots[0])["a"], "it")
    with pytest.raises(ManifestError, match="is no list"):
        read.items(read.roots[0], "it")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null_is_null_only_without_quotes(text: str) -> None:
    assert is_null(loose(reader(f"a: {text}\n").roots[0])["a"])
    assert text_of(loose(reader(f"a: '{text}'\n").roots[0])["a"]) == text


def test_aliases_do_not_multiply_and_cycles_end() -> None:
    laughs = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    assert len(list(walk(reader(laughs).roots))) < 1000
    assert len(list(walk(reader("a: &a [*a]\n").roots))) == 4


def test_a_hostile_name_in_a_message_is_made_harmless() -> None:
    read = reader("a: 1\n")
    assert "\x1b" not in str(read.refuse("x\x1b[2J\ny", 0))
    assert "\n" not in str(read.refuse("x\x1b[2J\ny", 0))
