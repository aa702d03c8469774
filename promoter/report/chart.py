"""A Mermaid line chart from simple series. GitHub draws it; the table beside it says the same in words.

What is written is the part of Mermaid's `xychart-beta` that every version since 10.5 reads: one `init`
directive of ours, then `title "text"`, `x-axis ["label", …]`, `y-axis "text" low --> high` and
`line [number, …]`, where a text holds letters, digits and a few signs, and a number has no exponent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

from promoter.report.numbers import inert
from promoter.report.secrets import redact

_HEIGHT, _WIDTH = 260, 760
_SIGNS = frozenset(" .,+-_=()%")  # what a text may hold beside letters and digits
_LONG = 20 * 3600.0  # from here on a time of day alone would mislead
_PADDING = 0.1
_SMALLEST = -12  # the power of ten of the smallest unit
_NOTHING = 1e-13  # what is nearer to 0 than this is 0
_APART = 1e-4  # the least part of a value that two ends of an axis differ by: both have six digits


class Ink(Enum):
    """What a line is about: its colour in the chart, which has no legend, and its mark in the text below."""

    CANDIDATE = ("dodgerblue", "🟦")
    STABLE = ("mediumseagreen", "🟩")
    LIMIT = ("crimson", "🟥")
    BAR = ("darkorange", "🟧")
    BOUND = ("mediumpurple", "🟪")

    @property
    def colour(self) -> str:
        """A CSS name, readable on white and on black: a `#` would be a reference in a commit message."""
        return self.value[0]

    @property
    def mark(self) -> str:
        """The square of the same colour."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: a value for each of the chart's points."""

    name: str
    ink: Ink
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Lines over the same points, whose times (Unix seconds) are `ends`. `floor` is where the axis begins."""

    title: str
    unit: str
    ends: tuple[float, ...]
    lines: tuple[Line, ...]
    floor: float | None = None


def mermaid(chart: Chart) -> str:
    """The chart as a fenced block."""
    values = [value for line in chart.lines for value in line.values]
    factor, unit = _scaled(values, chart.unit)
    low, high = _range([value * factor for value in values], chart.floor)
    palette = ", ".join(line.ink.colour for line in chart.lines)
    labels = ", ".join(f'"{label}"' for label in _labels(chart.ends))
    lines = [
        "```mermaid",
        "%%{init: " + json.dumps(_settings(palette)) + "}%%",
        "xychart-beta",
        f'  title "{text(chart.title)}"',
        f"  x-axis [{labels}]",
        f"  y-axis {_quoted(unit)}{number(low)} --> {number(high)}",
        *(f"  line [{', '.join(number(value * factor) for value in line.values)}]" for line in chart.lines),
        "```",
    ]
    return "\n".join(lines)


def legend(chart: Chart) -> str:
    """What each colour is, as plain text; the names are not escaped."""
    return " · ".join(f"{line.ink.mark} {line.name}" for line in chart.lines)


def text(untrusted: str, limit: int = 80) -> str:
    """Untrusted text for a quoted string of the chart: no quotes, brackets, directives, entities or links."""
    plain = "".join(char if char.isalnum() or char in _SIGNS else " " for char in redact(untrusted))
    return inert(plain.replace("%%", "% "), limit).strip() or "-"


def _quoted(unit: str) -> str:
    return f'"{text(unit)}" ' if unit else ""


def number(value: float) -> str:
    """Six significant digits without an exponent."""
    return format(Decimal(f"{value:.6g}") + 0, "f") if abs(value) > _NOTHING else "0"


def _settings(palette: str) -> dict[str, object]:
    size = {"width": _WIDTH, "height": _HEIGHT, "titleFontSize": 14}
    return {"xyChart": size, "themeVariables": {"xyChart": {"plotColorPalette": palette}}}


def _scaled(values: Sequence[float], unit: str) -> tuple[float, str]:
    """A factor that gives the axis short numbers, and the unit that says so."""
    largest = max(map(abs, values), default=0.0)
    if not largest or 1e-3 <= largest < 1e6:  # noqa: PLR2004 - what an axis can show as it is
        return 1.0, unit
    power = max(_SMALLEST, 3 * math.floor(math.log10(largest) / 3))
    return 10.0**-power, f"{unit} in {number(10.0**power)}".strip()


def _range(values: Sequence[float], floor: float | None) -> tuple[float, float]:
    """The axis from a little below to a little above the values; from `floor` where one is given."""
    low, high = min(values), max(values)
    largest = max(abs(low), abs(high))
    spread = max(high - low, _APART * largest) if largest > _NOTHING else 1.0
    bottom = low - _PADDING * spread if floor is None else min(floor, low)
    return bottom, high + _PADDING * spread


def _labels(ends: Sequence[float]) -> list[str]:
    """A label for each point, all different: the time of day in UTC, after the day of the month where it needs one."""
    forms = ("%H:%M", "%H:%M:%S") if ends[-1] - ends[0] < _LONG else ("%d %Hh", "%d %H:%M")
    for form in forms:
        labels = [format(datetime.fromtimestamp(end, UTC), form) for end in ends]
        if len(set(labels)) == len(labels):
            return labels
    return [str(index + 1) for index in range(len(ends))]
