"""A text that a forge accepts: what is least needed is shortened or left out until it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LIMIT = 65_536  # characters, what GitHub takes of an issue's or a pull request's body
RESERVE = 2_048  # of these a forge may add
_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph or block, from its fullest form to its shortest ("" to leave it out).

    Parts with a higher `spare` are shortened first, each to its shortest before the next.
    """

    forms: tuple[str, ...]
    spare: int = 0


def part(*forms: str, spare: int = 0) -> Part:
    """A part from its forms; one with a single form always stays as it is."""
    return Part(forms, spare)


def fit(parts: Sequence[Part], limit: int = LIMIT - RESERVE) -> str:
    """The parts in their order with blank lines between, each in the fullest form with which all fit.

    Where dropping a large part leaves room for what went before it, that comes back. What does not fit even in
    its shortest forms is cut at the end.
    """
    room = [[_room(form) for form in part.forms] for part in parts]
    chosen = [0] * len(parts)
    by_need = sorted(range(len(parts)), key=lambda at: parts[at].spare)
    total = sum(forms[0] for forms in room)
    for index in reversed(by_need):
        while total > limit and chosen[index] + 1 < len(room[index]):
            chosen[index] += 1
            total += room[index][chosen[index]] - room[index][chosen[index] - 1]
    for index in by_need:
        while chosen[index] and total + _growth(room[index], chosen[index]) <= limit:
            total += _growth(room[index], chosen[index])
            chosen[index] -= 1
    shown = (part.forms[form] for part, form in zip(parts, chosen, strict=True))
    text = _GAP.join(form for form in shown if form) + "\n"
    return text if length(text) <= limit else _cut(text, limit)


def length(text: str) -> int:
    """Characters as the strictest counter takes them: UTF-16 units, two for an emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _room(form: str) -> int:
    return length(form) + len(_GAP) if form else 0


def _growth(room: Sequence[int], form: int) -> int:
    return room[form - 1] - room[form]


def _cut(text: str, limit: int) -> str:
    """The text's beginning, whole lines where there are any."""
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * max(0, limit - len("…\n"))]
    kept = units.decode("utf-16-le", "ignore")
    whole, line, _ = kept.rpartition("\n")
    return f"{whole if line else kept}…\n"
