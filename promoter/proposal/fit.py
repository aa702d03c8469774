"""A body that a forge accepts: what is least needed is shortened or left out until it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LIMIT = 65_536  # characters, what GitHub takes of an issue's or a pull request's body
RESERVE = 2_048  # of these a forge may add


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph or block, from its fullest form to its shortest ("" to leave it out).

    Parts with a higher `spare` are shortened first, each to its shortest before the next.
    """

    forms: tuple[str, ...]
    spare: int = 0


def part(*forms: str, spare: int = 0) -> Part:
    """A part from its forms; one without `spare` and with one form always stays as it is."""
    return Part(forms, spare)


def fit(parts: Sequence[Part], limit: int = LIMIT - RESERVE) -> str:
    """The parts in their order with blank lines between, each in the fullest form with which all fit.

    Where dropping a large part leaves room for what went before it, that comes back. What does not fit even in
    its shortest forms is cut at the end.
    """
    chosen = [0] * len(parts)
    by_need = sorted(range(len(parts)), key=lambda at: parts[at].spare)
    for index in reversed(by_need):
        while not _fits(parts, chosen, limit) and chosen[index] + 1 < len(parts[index].forms):
            chosen[index] += 1
    for index in by_need:
        while chosen[index] and _fits(parts, _fuller(chosen, index), limit):
            chosen = _fuller(chosen, index)
    text = _joined(parts, chosen)
    return text if length(text) <= limit else _cut(text, limit)


def length(text: str) -> int:
    """Characters as the strictest counter takes them: UTF-16 units, two for an emoji."""
    return len(text) + sum(char > "\uffff" for char in text)


def _fits(parts: Sequence[Part], chosen: Sequence[int], limit: int) -> bool:
    return length(_joined(parts, chosen)) <= limit


def _fuller(chosen: Sequence[int], index: int) -> list[int]:
    return [form - (at == index) for at, form in enumerate(chosen)]


def _joined(parts: Sequence[Part], chosen: Sequence[int]) -> str:
    shown = (part.forms[form] for part, form in zip(parts, chosen, strict=True))
    return "\n\n".join(text for text in shown if text) + "\n"


def _cut(text: str, limit: int) -> str:
    """The text's beginning, whole lines where there are any."""
    room = limit - 2
    used = 0
    for index, char in enumerate(text):
        used += 1 + (char > "\uffff")
        if used > room:
            kept = text[:index]
            break
    else:
        return text
    whole, line, _ = kept.rpartition("\n")
    return f"{whole if line else kept}…\n"
