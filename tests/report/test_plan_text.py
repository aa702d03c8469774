"""plan_text: a line a rollout, its checks beneath, and nothing a terminal or a CI log would act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from promoter.core.decide import decide
from promoter.core.outcome import Did, Outcome
from promoter.core.policy import Merge, OnFail
from promoter.report.plan_text import WORDS, next_lines, outcome_line, plan_text
from tests.build import a_health, a_policy, a_situation
from tests.report.markup import unprintable
from tests.report.reports import (
    HOSTILE,
    a_report,
    done,
    freezing,
    holding,
    hostile_row,
    promoting,
    the_plant,
    waiting,
)


@pytest.mark.parametrize(
    ("verbosity", "name"), [(-1, "plan-quiet.txt"), (0, "plan.txt"), (1, "plan-verbose.txt")]
)
def test_the_plan_reads_as_it_did(golden: Callable[[str, str], None], verbosity: int, name: str) -> None:
    golden(name, plan_text(the_plant(), verbosity=verbosity))


def test_the_run_reads_as_it_did(golden: Callable[[str, str], None]) -> None:
    golden("run.txt", plan_text(the_plant(acted=True)))


def test_quiet_is_one_line_a_rollout_that_could_be_read() -> None:
    rows = (promoting(), waiting(), freezing(), holding(), done())
    assert len(plan_text(a_report(*rows), verbosity=-1).splitlines()) == len(rows)


def test_without_policies_it_says_where_to_begin() -> None:
    assert "promoter init" in plan_text(a_report())


def test_colours_are_the_painters_business() -> None:
    painted: list[str] = []

    def paint(text: str, colour: str) -> str:
        painted.append(colour)
        return f"<{colour}>{text}"

    text = plan_text(the_plant(), paint)
    assert "<green>promote " in text
    assert "<red>alarm: not applied" in text
    assert "<green>+          weight: 20" in text
    assert "<red>-          weight: 5" in text
    assert "<cyan>--- a/manifests/vs.yaml" in text
    assert set(painted) <= {"green", "yellow", "red", "magenta", "cyan", ""}


def test_the_split_is_told_once_whether_it_is_applied_or_not() -> None:
    assert plan_text(the_plant()).count("1.02% of the last 10,221 requests reached v9-gray") == 1


def test_every_stop_says_what_clears_it() -> None:
    for row in (holding(), freezing()):
        for acted in (False, True):
            lines = list(next_lines(row, acted=acted))
            name = row.situation.policy.name
            assert f"to go on: promoter resume {name} --reason …" in lines
            assert f"to go back: promoter rollback {name} --now (one step: --step)" in lines
    assert list(next_lines(done(), acted=False)) == []


@pytest.mark.parametrize(
    ("merge", "told"),
    [
        (Merge.APPROVAL, "run proposes it; a human merges"),
        (Merge.AUTO, "run proposes it and merges it"),
        (Merge.OBSERVE, "run writes nothing (merge: observe)"),
    ],
)
def test_a_plan_says_what_a_run_would_do(merge: Merge, told: str) -> None:
    situation = a_situation(policy=a_policy(merge=merge))
    row = replace(promoting(), situation=situation, decision=decide(situation, a_health()))
    assert list(next_lines(row, acted=False)) == [told]
    assert list(next_lines(row, acted=True)) == []


def test_a_plan_says_whether_a_freeze_would_be_rolled_back() -> None:
    assert next(next_lines(freezing(), acted=False)) == "run records the hold and prepares the way back to 0%"
    rolling = freezing(on_fail=OnFail.ROLLBACK)
    assert next(next_lines(rolling, acted=False)) == "run records the hold, and merges the way back to 0%"


def test_every_effect_has_its_words() -> None:
    assert set(WORDS) == set(Did)


@pytest.mark.parametrize("did", Did)
def test_an_effect_is_one_line(did: Did) -> None:
    line = outcome_line(Outcome(did=did, subject="promoter/yolo/x", detail="why"))
    assert line.startswith(f"→ {WORDS[did]} promoter/yolo/x")
    assert line.endswith("(why)")
    assert "()" not in outcome_line(Outcome(did=did, subject="x"))


@pytest.mark.parametrize("verbosity", [-1, 0, 1])
def test_hostile_text_stays_on_its_line_and_moves_nothing(verbosity: int) -> None:
    report = replace(a_report(hostile_row(), acted=True, notes=(HOSTILE,)), branch=HOSTILE)
    text = plan_text(report, verbosity=verbosity)
    assert unprintable(text) == []
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "##[" not in text
    assert not any(line.startswith("Rollout-") for line in text.splitlines())


def test_a_diffs_lines_keep_their_blanks_and_lose_their_escapes() -> None:
    diff = "--- a\n+++ b\n@@ -1 +1 @@\n-  weight: 5 # \x1b[2J\u202e\r\n+  weight: 20\u2028x\r\n"
    text = plan_text(a_report(replace(promoting(), diff=diff)))
    assert "    -  weight: 5 # \ufffd[2J\ufffd\n" in text
    assert "    +  weight: 20\ufffdx\n" in text
