"""A strict reader of the charts we write: the grammar in promoter/report/chart.py, and nothing else.

`make charts` shows with Mermaid's own parser that Mermaid reads whatever this reads.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_TEXT = r'"([^"`\n\[\]{}<>;#&@:/\\]+)"'
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_FENCE = re.compile(r"^```mermaid\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a reader of the chart sees."""

    title: str
    labels: tuple[str, ...]
    unit: str
    low: float
    high: float
    colours: tuple[str, ...]
    lines: tuple[tuple[float, ...], ...]


def charts(markdown: str) -> list[Drawn]:
    """Every chart in a text, read strictly."""
    return [read(block) for block in _FENCE.findall(markdown)]


def read(block: str) -> Drawn:
    init, kind, title, across, up, *lines = block.split("\n")
    settings = json.loads(_only(r"%%\{init: (\{.*\})\}%%", init)[0])
    assert set(settings) == {"xyChart", "themeVariables"}
    assert kind == "xychart-beta"
    labels = re.findall(r'"([0-9: h]+)"', _only(r'  x-axis \[("[0-9: h]+"(?:, "[0-9: h]+")*)\]', across)[0])
    unit, low, high = _only(rf"  y-axis (?:{_TEXT} )?({_NUMBER}) --> ({_NUMBER})", up)
    drawn = Drawn(
        title=_only(f"  title {_TEXT}", title)[0],
        labels=tuple(labels),
        unit=unit or "",
        low=float(low),
        high=float(high),
        colours=tuple(settings["themeVariables"]["xyChart"]["plotColorPalette"].split(", ")),
        lines=tuple(_line(line) for line in lines),
    )
    assert len(set(labels)) == len(labels), "Mermaid draws equal labels as one"
    assert drawn.low < drawn.high
    assert len(drawn.colours) == len(drawn.lines) > 0
    for line in drawn.lines:
        assert len(line) == len(labels)
        assert all(drawn.low <= value <= drawn.high for value in line)
    return drawn


def _line(text: str) -> tuple[float, ...]:
    numbers = _only(rf"  line \[({_NUMBER}(?:, {_NUMBER})*)\]", text)[0]
    return tuple(map(float, numbers.split(", ")))


def _only(pattern: str, text: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, text)
    assert found, f"not in the grammar: {text!r}"
    return found.groups()
