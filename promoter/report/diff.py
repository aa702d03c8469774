"""A unified diff of one file, which Git would apply as it stands where the file is text."""

from __future__ import annotations

import difflib
from collections.abc import Iterator


def unified_diff(path: str, old: bytes, new: bytes) -> str:
    """The diff as Git would show it, with three lines of context and the file's own line ends; "" for none."""
    before, after = (list(_lines(data.decode("utf-8", "replace"))) for data in (old, new))
    return "".join(map(_ended, difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")))


def _lines(text: str) -> Iterator[str]:
    """The lines with their ends; only a line feed ends one."""
    *complete, rest = text.split("\n")
    yield from (f"{line}\n" for line in complete)
    if rest:
        yield rest


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
