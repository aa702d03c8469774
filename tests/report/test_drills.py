"""drills: each leg beside the last drill's, in three formats, and hostile text stays text."""

from __future__ import annotations

import json
from dataclasses import replace

from promoter.core.drills import Leg
from promoter.report.drills import Told, drill_markdown, drill_text, drills_json
from tests.core.test_drills import a_drill
from tests.report.markup import structure, unprintable
from tests.report.reports import HOSTILE

REF = "refs/promoter/drills/yolo"
LEGS = (Leg(name="merge", seconds=9.0), Leg(name="applied", note="not measured: no traffic"))
DRILL = a_drill(legs=LEGS)
BEFORE = [a_drill(1.0), a_drill(2.0)]
TOLD = Told(drill=DRILL, before=BEFORE, kept=REF)


def test_the_text_tells_the_legs_and_what_is_slower() -> None:
    assert drill_text(TOLD) == (
        "yolo: drill of rollback, on a scratch copy of base\n"
        "  merge      9.00 s   last 2.00 s, usually 1.50 s   slower than usual\n"
        "  applied  not measured: no traffic\n"
        f"  works: 9.00 s in all, recorded in {REF}\n"
    )


def test_a_problem_is_told_in_place_of_works() -> None:
    text = drill_text(replace(TOLD, drill=a_drill(problem="it was not merged", live=True), before=[]))
    assert "on base itself" in text
    assert "it was not merged: 1.00 s in all" in text
    assert "works" not in text


def test_the_json_has_the_numbers() -> None:
    document = json.loads(drills_json([TOLD]))
    (told,) = document["drills"]
    assert (document["version"], told["drill"], told["problem"]) == (1, "rollback", None)
    assert told["legs"][0] == {
        "name": "merge",
        "seconds": 9.0,
        "last_seconds": 2.0,
        "usual_seconds": 1.5,
        "slower": True,
        "note": None,
    }


def test_the_markdown_is_a_table() -> None:
    text = drill_markdown(TOLD)
    assert "| merge | 9.00 s | 2.00 s | 1.50 s | slower than usual |" in text
    assert "| applied |  |  |  | not measured" in text


def test_hostile_text_stays_text() -> None:
    drill = a_drill(rollout=HOSTILE, problem=HOSTILE, legs=(Leg(name="merge", note=HOSTILE),))
    assert unprintable(drill_text(replace(TOLD, drill=drill))) == []
    markdown = drill_markdown(replace(TOLD, drill=drill))
    assert not any(kind.startswith(("html", "link", "image")) for kind in structure(markdown))
    assert not any(line.startswith(("::", "Rollout-", "# ")) for line in markdown.splitlines())
