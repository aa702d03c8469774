"""What a text does where it is shown: the structure a markdown reader sees, and what a terminal acts on."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.token import Token

BREAK = "\u200b"
_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def structure(markdown: str) -> list[str]:
    """The kinds of everything in a markdown text, without its words."""
    return [kind for kind, _ in groupby(_kinds(_READER.parse(markdown)))]


def _kinds(tokens: list[Token]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        found.append("text" if token.type.startswith("text") else f"{token.type} {token.tag} {token.info}")
        found += _kinds(token.children or [])
    return found


def acted_on(text: str) -> list[str]:
    """What GitHub, a chat or a CI log would act on in a text that should be inert."""
    live = [
        r"@\w",
        r"#\d",
        r"\bGH-\d",
        r"://",
        r"\bwww\.",
        r"\[(?:skip|ci|no|actions)\b",
        r"(?m)^\s*::",
        r"##\[",
    ]
    return [found[0] for pattern in live if (found := re.search(pattern, text, re.IGNORECASE))]


def unprintable(text: str) -> list[str]:
    """Characters that move the cursor, hide or reorder, line ends and our own breaks aside."""
    kinds = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return [f"U+{ord(c):04X}" for c in text if c not in f"\n\t{BREAK}" and unicodedata.category(c) in kinds]
