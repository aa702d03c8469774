"""The guard's words: what a change does, why it may not, and nothing hostile in between."""

from __future__ import annotations

from fractions import Fraction

import pytest

from promoter.core.decision import Decision, Kind, Reason, Why
from promoter.core.guard import Finding, Ruling
from promoter.core.weights import Split
from promoter.errors import Problem, Where
from promoter.report.guard import finding_line, guard_markdown
from tests.report.markup import unprintable
from tests.report.reports import HOSTILE

DUE = Decision(
    kind=Kind.PROMOTE,
    reasons=(Reason(why=Why.PROVEN, facts={"to": "20%"}),),
    to=Split((("yolo/v8", 80), ("yolo/v9", 20))),
)
WAIT = Decision(kind=Kind.WAIT, reasons=(Reason(why=Why.BAKING, facts={"baked": 240.0, "min": 600.0}),))


def a_finding(ruling: Ruling, **changes: object) -> Finding:
    given: dict[str, object] = {
        "rollout": "yolo",
        "subject": "v9",
        "dest": "yolo/v9",
        "before": Fraction(5),
        "after": Fraction(50),
        **changes,
    }
    return Finding(ruling=ruling, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (
            a_finding(Ruling.NOT_DUE, decision=WAIT),
            "v9 goes from 5% to 50%: the policy on base does not raise it now (wait: baked 4 min of 10 min)",
        ),
        (
            a_finding(Ruling.OTHER_STEP, decision=DUE),
            "v9 goes from 5% to 50%: not the step that is due (20%)",
        ),
        (
            a_finding(Ruling.UNKNOWN, why="no Prometheus is named"),
            "v9 goes from 5% to 50%: whether it is healthy is unknown, so it must not rise: no Prometheus is named",
        ),
        (
            a_finding(Ruling.DUE, decision=DUE, after=Fraction(20)),
            "v9 goes from 5% to 20%: the step that is due, every check passed",
        ),
        (
            a_finding(Ruling.INTRODUCED, before=Fraction(0), after=Fraction(1)),
            "v9 goes from 0% to 1%: another image begins at the first step; nothing is proven of it yet",
        ),
        (
            a_finding(Ruling.LOWERED, after=Fraction(0)),
            "v9 goes from 5% to 0%: lowering is always allowed; promoter then holds the rollout until a human resumes",
        ),
        (
            a_finding(Ruling.TOTAL, before=Fraction(100), after=Fraction(1000)),
            "the route's weights sum to 1000, and summed to 100",
        ),
        (
            a_finding(Ruling.OTHERS, subject="yolo/v7", before=Fraction(0)),
            "yolo/v7 goes from weight 0 to 50: it is outside of rollout yolo",
        ),
        (
            a_finding(Ruling.IMAGE),
            "other images behind v9: they meet 50% of the traffic at once, with nothing proven",
        ),
    ],
    ids=lambda value: value.ruling.value if isinstance(value, Finding) else "",
)
def test_every_ruling_has_its_sentence(finding: Finding, line: str) -> None:
    assert finding_line(finding) == line


@pytest.mark.parametrize("ruling", Ruling)
def test_hostile_text_stays_on_its_line(ruling: Ruling) -> None:
    finding = a_finding(ruling, subject=HOSTILE, rollout=HOSTILE, why=HOSTILE)
    assert unprintable(finding_line(finding)) == []


def test_the_summary_lists_what_is_refused_first() -> None:
    refused = [Problem("v9 goes up", Where("vs.yaml", 17, 19))]
    text = guard_markdown(refused, [Problem("@all is new", Where("p.yaml"))], base="f" * 40)
    lines = text.splitlines()
    assert lines[0] == "### promoter guard: refused"
    assert lines[4].startswith("- ❌ vs.yaml:17:19: v9 goes up")
    assert "@all" not in lines[5]


def test_the_summary_says_when_nothing_stands_against_it() -> None:
    assert guard_markdown([], [], base="f" * 40).splitlines() == [
        "### promoter guard: nothing stands against this change",
        "",
        "Judged by the policies on base, `fffffffff`.",
    ]
