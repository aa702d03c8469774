"""A unified diff of one file, byte-faithful where it can be shown as text."""

from __future__ import annotations

import difflib


def unified_diff(path: str, old: bytes, new: bytes) -> str:
    """The diff as Git would show it, without context beyond three lines; "" where nothing differs."""
    before, after = (data.decode("utf-8", "replace").split("\n") for data in (old, new))
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm="")
    return "\n".join(line.rstrip("\r") for line in lines) + "\n" if old != new else ""
