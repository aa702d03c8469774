"""yaml_source: text that knows its places; what could not be trusted is refused with one."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.errors import ManifestError
from promoter.yaml_source import MAX_BYTES, MAX_DEPTH, MappingNode, YamlSource

BOM = b"\xef\xbb\xbf"
DEEP = 200_000
BOMBS = {  # what can nest after each of YAML's line breaks, and where a key's value may begin a list
    "questions": "? " * DEEP,
    "after a colon": "? a\n: " + "- " * DEEP,
    "after a carriage return": "#\r" + "- " * DEEP,
    "after a next line": "#\x85" + "- " * DEEP,
    "after a line separator": "#\u2028" + "- " * DEEP,
    "after a paragraph separator": "#\u2029" + "- " * DEEP,
}


def a_source(text: str) -> YamlSource:
    return YamlSource.decode("vs.yaml", text.encode())


@pytest.mark.parametrize("data", [b"a: 1\n", BOM + b"a: 1\r\n", "é: ½".encode(), b""])
def test_what_was_decoded_is_encoded_to_the_same_bytes(data: bytes) -> None:
    source = YamlSource.decode("vs.yaml", data)
    assert source.encode(source.text) == data
    assert source.bom == data.startswith(BOM)


def test_other_encodings_are_refused_with_their_line() -> None:
    with pytest.raises(ManifestError, match=r"vs\.yaml:2: not UTF-8 text; save it as UTF-8"):
        YamlSource.decode("vs.yaml", b"a: 1\nb: \xff\n")


def test_a_file_is_too_large_beyond_its_limit_and_not_at_it() -> None:
    assert len(YamlSource.decode("vs.yaml", b"#" * MAX_BYTES).text) == MAX_BYTES
    with pytest.raises(ManifestError, match="the limit is 1,000,000"):
        YamlSource.decode("vs.yaml", b"#" * (MAX_BYTES + 1))


def test_every_document_has_its_root_and_an_empty_one_none() -> None:
    roots = a_source("a: 1\n---\n---\nb: 2\n").compose()
    assert [isinstance(root, MappingNode) for root in roots] == [True, False, True]


def test_broken_yaml_is_told_with_its_place() -> None:
    with pytest.raises(ManifestError, match=r"^vs\.yaml:[23]:\d+: not valid YAML: "):
        a_source("a: 1\nb: [1, 2\n").compose()


def test_a_place_is_told_by_line_and_column() -> None:
    source = a_source("a: 1\nb:\n  c: 2\n")
    assert str(source.where(0)) == "vs.yaml:1:1"
    assert str(source.where(source.text.index("c"))) == "vs.yaml:3:3"
    root = source.compose()[0]
    assert root is not None
    assert str(source.where(root)) == "vs.yaml:1:1"


def test_only_a_line_feed_ends_a_line() -> None:
    source = a_source("# \u2028\x85\r a\nb: 1\n")
    assert str(source.where(source.text.index("b: 1"))) == "vs.yaml:2:1"


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000])
def test_a_structure_too_deep_is_refused_before_it_is_built(text: str) -> None:
    with pytest.raises(ManifestError):
        a_source(text).compose()


def test_depth_is_both_sides_of_its_limit() -> None:
    assert a_source("[" * MAX_DEPTH + "]" * MAX_DEPTH).compose()
    with pytest.raises(ManifestError, match="nested more than 100 levels deep"):
        a_source("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).compose()


@pytest.mark.parametrize("before", ["", "\ufeff", "# é 😀\n", "😀: 1\r\n", "\ufeff# \u2028\n"])
def test_a_nodes_marks_cut_its_own_text_out(before: str) -> None:
    source = a_source(f"{before}weight: 95 # now\n")
    (root,) = source.compose()
    assert isinstance(root, MappingNode)
    node = root.value[-1][1]
    assert source.text[node.start_mark.index : node.end_mark.index] == "95"
    assert source.encode(source.text) == f"{before}weight: 95 # now\n".encode()


@pytest.mark.parametrize("name", BOMBS)
def test_deep_nesting_is_refused_before_the_parser_dies_of_it(name: str, tmp_path: Path) -> None:
    file = tmp_path / "bomb.yaml"
    file.write_bytes(BOMBS[name].encode())
    script = (
        "import sys\nfrom promoter.errors import ManifestError\nfrom promoter.yaml_source import YamlSource\n"
        "try: YamlSource.decode('f', open(sys.argv[1], 'rb').read()).compose()\n"
        "except ManifestError as error: print(error)"
    )
    ran = subprocess.run(  # in a process of its own: what is tested for is its death
        [sys.executable, "-c", script, str(file)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert ran.returncode == 0
    assert "levels deep" in ran.stdout


def test_many_short_lists_are_not_deep() -> None:
    assert len(a_source("- [{}]\n" * 1000).compose()) == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xef\xbb\xbf\xef\xbb\xbfa: 1\n", "two byte order marks"),
        (b"a: \x01\n", "control characters"),
        (b"a: *b\n", "undefined alias"),
        (b"a: &x 1\nb: &x 2\n", "duplicate anchor"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_reason(data: bytes, why: str) -> None:
    with pytest.raises(ManifestError, match=why):
        YamlSource.decode("f", data).compose()


@given(st.one_of(st.text(max_size=200), st.text("-?:[]{}&*!|>%@ \n\r\t\x85\u2028#'\"a1", max_size=80)))
def test_any_text_is_composed_or_refused(text: str) -> None:
    with suppress(ManifestError):
        YamlSource.decode("f", text.encode("utf-8", "replace")).compose()
