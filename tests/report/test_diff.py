"""diff: what Git would show, and would apply."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.report.diff import unified_diff

OLD = b"route:\n- weight: 95\n- weight: 5\n"
NEW = b"route:\n- weight: 80\n- weight: 20\n"


def test_the_changed_lines_are_shown_with_their_path() -> None:
    assert unified_diff("vs.yaml", OLD, NEW).splitlines() == [
        "--- a/vs.yaml",
        "+++ b/vs.yaml",
        "@@ -1,3 +1,3 @@",
        " route:",
        "-- weight: 95",
        "-- weight: 5",
        "+- weight: 80",
        "+- weight: 20",
    ]


def test_no_difference_is_no_diff() -> None:
    assert unified_diff("vs.yaml", OLD, OLD) == ""


def test_a_missing_last_line_end_is_said() -> None:
    assert unified_diff("v", b"a\nb", b"a\nc").endswith(
        "-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, NEW),
        (OLD.replace(b"\n", b"\r\n"), NEW.replace(b"\n", b"\r\n")),
        (OLD.rstrip(b"\n"), NEW.rstrip(b"\n")),
        ("é\u2028\x0b: 5\n".encode(), "é\u2028\x0b: 20\n".encode()),
    ],
    ids=["LF", "CRLF", "no last line end", "other line characters"],
)
def test_git_applies_it_as_it_stands(tmp_path: Path, old: bytes, new: bytes) -> None:
    (tmp_path / "vs.yaml").write_bytes(old)
    diff = unified_diff("vs.yaml", old, new)
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "vs.yaml").read_bytes() == new


lines = st.lists(st.text("ab \t\r", max_size=4), max_size=8).map("\n".join)


@given(lines, lines)
def test_removed_lines_come_from_the_old_text_and_added_ones_from_the_new(old: str, new: str) -> None:
    diff = unified_diff("x", old.encode(), new.encode())
    assert (diff == "") == (old == new)
    body = [line for line in diff.split("\n")[2:] if line]
    assert all(line[1:] in old.split("\n") for line in body if line.startswith("-"))
    assert all(line[1:] in new.split("\n") for line in body if line.startswith("+"))
