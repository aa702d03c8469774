"""yaml_source: text that knows its places; what could not be trusted is refused with one."""

from __future__ import annotations

import pytest

from promoter.errors import ManifestError
from promoter.yaml_source import MAX_BYTES, MAX_DEPTH, MappingNode, YamlSource

BOM = b"\xef\xbb\xbf"


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
