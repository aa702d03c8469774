"""Which checks are drawn: the failing ones, else the one nearest to its limit; the others on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from promoter.core.judge.verdict import Outcome, Verdict
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.report.numbers import for_markdown
from promoter.report.sentences import window_line
from promoter.report.series import picture

MOST = 3  # charts shown, and as many again on demand
_WINDOWS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Markdown, or "" where there is nothing to show: charts, and the windows' numbers as text."""

    charts: str
    readings: str


def pictures(situation: Situation, health: Health) -> Pictures:
    """The charts of a health. Those that matter are open, the others behind a click."""
    drawn = [(verdict, drawing) for verdict in health.verdicts if (drawing := picture(situation, verdict))]
    failing = [drawing for verdict, drawing in drawn if verdict.outcome is Outcome.FAIL]
    nearest = max(drawn, key=lambda pair: _nearness(pair[0]), default=None)
    first = failing[:MOST] or [nearest[1]] if nearest else []
    rest = [drawing for _, drawing in drawn if drawing not in first][:MOST]
    told = _folded("More charts", "\n\n".join(rest))
    return Pictures(
        charts="\n\n".join(filter(None, (*first, told))),
        readings=_folded("The last windows in numbers", _numbers([verdict for verdict, _ in drawn])),
    )


def _nearness(verdict: Verdict) -> float:
    """How near a verdict is to its limit: 1 is at it; what has none is far."""
    if verdict.observed is None or not verdict.limit or not verdict.observed:
        return 0.0
    used = verdict.observed / verdict.limit
    return abs(1 / used if verdict.lower else used)


def _numbers(verdicts: Sequence[Verdict]) -> str:
    return "\n".join(line for verdict in verdicts for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"- {for_markdown(verdict.check, 80)}"
    for reading in verdict.readings[-_WINDOWS:]:
        yield f"  - {for_markdown(window_line(reading, verdict), 300)}"


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>" if text else ""
