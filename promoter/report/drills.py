"""A drill beside the ones before it, as text, JSON and markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from promoter.core.drills import Compared, Drill, compare
from promoter.report.json_text import json_text
from promoter.report.numbers import code, for_markdown, moment, one_line, rfc3339
from promoter.report.plan_text import Paint, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A drill, the recorded ones before it, and the ref it is kept at."""

    drill: Drill
    before: Sequence[Drill]
    kept: str


def drill_text(told: Told, paint: Paint = plain) -> str:
    """For a terminal: a line a leg, with the last drill's and the usual seconds beside it."""
    drill, legs = told.drill, compare(told.drill, told.before)
    width = max((len(one.leg.name) for one in legs), default=0)
    lines = [f"{one_line(drill.rollout, 60)}: drill of {drill.kind.value}, {_where(drill)}"]
    lines += [f"  {one.leg.name:<{width}}  {_leg(one, paint)}".rstrip() for one in legs]
    verdict = paint("works", "green") if not drill.problem else paint(one_line(drill.problem, 400), "red")
    lines.append(f"  {verdict}: {_seconds(drill.seconds)} in all, recorded in {told.kept}")
    return "\n".join(lines) + "\n"


def drill_markdown(told: Told) -> str:
    """For a job's summary."""
    drill = told.drill
    lines = [
        f"### Drill: {drill.kind.value} of {code(drill.rollout)}, {_where(drill)}, {moment(drill.at)}",
        "",
        "| leg | this time | last time | usually | |",
        "|---|--:|--:|--:|---|",
    ]
    for one in compare(drill, told.before):
        note = "slower than usual" if one.slower else one.leg.note
        cells = [one.leg.name, *(_seconds(s) for s in (one.leg.seconds, one.last, one.usual)), note]
        lines.append(f"| {' | '.join(for_markdown(cell, 300) for cell in cells)} |")
    verdict = "The path works" if not drill.problem else f"**{for_markdown(drill.problem, 400)}**"
    return "\n".join(
        [*lines, "", f"{verdict}: {_seconds(drill.seconds)} in all. Recorded in {code(told.kept)}.", ""]
    )


def drills_json(told: Sequence[Told]) -> str:
    """One JSON document, version 1."""
    return json_text({"version": 1, "drills": [_drill(one) for one in told]})


def _drill(told: Told) -> dict[str, Any]:
    drill = told.drill
    return {
        "rollout": drill.rollout,
        "drill": drill.kind.value,
        "at": rfc3339(drill.at),
        "by": drill.by,
        "live": drill.live,
        "problem": drill.problem or None,
        "seconds": round(drill.seconds, 3),
        "legs": [_document(one) for one in compare(drill, told.before)],
        "record": told.kept,
    }


def _document(one: Compared) -> dict[str, Any]:
    return {
        "name": one.leg.name,
        "seconds": one.leg.seconds,
        "last_seconds": one.last,
        "usual_seconds": one.usual,
        "slower": one.slower,
        "note": one.leg.note or None,
    }


def _leg(one: Compared, paint: Paint) -> str:
    if one.leg.seconds is None:
        return one_line(one.leg.note)
    told = f"{_seconds(one.leg.seconds):>8}"
    if one.last is not None and one.usual is not None:
        told += f"   last {_seconds(one.last)}, usually {_seconds(one.usual)}"
    if one.slower:
        told += "   " + paint("slower than usual", "yellow")
    return f"{told}   {one_line(one.leg.note)}" if one.leg.note else told


def _where(drill: Drill) -> str:
    return "on base itself" if drill.live else "on a scratch copy of base"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f} s"
