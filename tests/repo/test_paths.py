from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.errors import RepoError
from promoter.repo.paths import directory_parts, path_problem, safe_path, writable_path

GOOD = [
    "a",
    "a/b.yaml",
    "manifests/yolo-detection/vs.yaml",
    "a b/c",
    "产线/灰度.yaml",
    "a/.gitignore",
    "x/-y",
    "...",
    "a..b",
]
BAD = {
    "": "empty",
    "/etc/passwd": "absolute",
    "-x": "dash",
    "--output=stolen": "dash",
    "../x": "'..'",
    "a/../b": "'..'",
    "./a": "'.'",
    "a//b": "empty part",
    "a/": "empty part",
    "a\\b": "backslash",
    "a\nb": "control",
    "a\0b": "control",
    "a\x7fb": "control",
    "a\ud800b": "UTF-8",
    ".git/config": ".git",
    "a/.GIT/hooks": ".git",
    "a/.git": ".git",
    ".git ./x": ".git",
    "GIT~1/x": ".git",
    "a" * 4097: "longer",
}


@pytest.mark.parametrize("path", [*GOOD, "a" * 4096])
def test_an_ordinary_path_is_accepted(path: str) -> None:
    assert path_problem(path) is None
    assert safe_path(path) == path


@pytest.mark.parametrize(("path", "says"), BAD.items())
def test_a_path_that_leads_elsewhere_is_refused(path: str, says: str) -> None:
    problem = path_problem(path)
    assert problem is not None
    assert says in problem
    with pytest.raises(RepoError, match="path"):
        safe_path(path)


@given(st.text())
def test_an_accepted_path_stays_inside_whatever_the_text(text: str) -> None:
    if path_problem(text) is None:
        parts = text.split("/")
        assert ".." not in parts
        assert all(part and part.casefold() != ".git" for part in parts)
        assert text[0] not in "/-"
        assert text.encode().decode() == text


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", ".GitHub/x"])
def test_workflows_are_never_written(path: str) -> None:
    assert safe_path(path) == path
    with pytest.raises(RepoError, match=r"\.github"):
        writable_path(path)


@pytest.mark.parametrize(
    ("directory", "parts"),
    [("policies", ("policies",)), ("./a/b/", ("a", "b")), (".", ()), ("./", ())],
)
def test_a_directory_may_be_written_as_people_write_them(directory: str, parts: tuple[str, ...]) -> None:
    assert directory_parts(directory) == parts


@pytest.mark.parametrize("directory", ["", "/etc", "..", "a/../..", "-x", ".git", "a\nb"])
def test_a_directory_outside_is_refused(directory: str) -> None:
    with pytest.raises(RepoError):
        directory_parts(directory)
