"""The nearest right spelling of a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def closest(word: object, known: Sequence[str]) -> str | None:
    """The known word that was probably meant."""
    text = str(word)
    exact = [name for name in known if name.lower() == text.lower()]
    return next(iter(exact or difflib.get_close_matches(text, known, 1)), None)


def nearest(word: object, known: Sequence[str]) -> str | None:
    """The same as a hint."""
    found = closest(word, known)
    return f"did you mean {found}?" if found else None
