"""The page's verdicts follow the numbers: good results are met, each bad one is told, missing ones are not run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.judge.cases import BY_NAME, CASES, RATES, Truth
from bench.judge.claims import Claim, claims
from bench.judge.intervals import clopper_pearson
from bench.judge.page import write_page
from bench.judge.rules import RULES

Cell = dict[str, Any]


def a_cell(case: str, rate: int, rule: str, *, own: bool) -> Cell:
    """A cell of a judge that is as good as it should be, beside peers that freeze nothing and expose more."""
    frozen = 1000 if own and BY_NAME[case].truth is Truth.BAD else 0
    done = 0 if frozen or BY_NAME[case].truth is not Truth.HEALTHY else 1000
    return {
        "case": case,
        "rate": rate,
        "rule": rule,
        "runs": 1000,
        "frozen": frozen,
        "done": done,
        "frozen_interval": list(clopper_pearson(frozen, 1000)),
        "done_interval": list(clopper_pearson(done, 1000)),
        "to_done": [20.0, 19.0, 21.0] if done else [None, None, None],
        "to_done_those": [20.0, 19.0, 21.0] if done else None,
        "to_freeze": [3.0, 2.5, 3.5] if frozen else None,
        "harm": [5.0, 4.0, 6.0] if own else [50.0, 40.0, 60.0],
        "harm_before": [5.0, 4.0, 6.0] if own else [50.0, 40.0, 60.0],
        "served": [100.0, 90.0, 110.0],
    }


def rows() -> Iterator[Cell]:
    for verdict, name, ticks in (
        ("fail", "errors 2x", 10),
        ("fail", "errors 10x", 10),
        ("pass", "1 to 5 %", 40),
    ):
        yield {
            "verdict": verdict,
            "name": name,
            "ticks": ticks,
            "bound": 100.0,
            "mean": 120.0,
            "error": 1.0,
            "missed": 0,
            "runs": 1000,
        }


def results() -> dict[str, Any]:
    cells = [
        a_cell(case.name, rate, rule.name, own=rule.own) for case in CASES for rate in RATES for rule in RULES
    ]
    return {"runs": 1000, "seed": 1, "minutes": {"cpu": 1.0}, "cells": cells, "wald": list(rows())}


def changed(case: str, rate: int, rule: str, **values: Any) -> dict[str, Any]:
    found = results()
    for cell in found["cells"]:
        if (cell["case"], cell["rate"], cell["rule"]) == (case, rate, rule):
            cell.update(values)
    return found


def not_met(found: dict[str, Any]) -> list[Claim]:
    return [claim for claim in claims(found) if claim.met is not True]


def test_good_results_meet_every_line() -> None:
    assert not_met(results()) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            lambda: changed("bursts-both", 20, "promoter-5m", frozen=2, frozen_interval=[0.0002, 0.0072]),
            "False freezes",
        ),
        (
            lambda: changed("sick-dependency", 2, "promoter", frozen=9, frozen_interval=[0.004, 0.017]),
            "False freezes",
        ),
        (lambda: changed("limit-independent", 200, "promoter", frozen=51), "exactly at the limit"),
        (lambda: changed("errors-2x", 2, "promoter", done=1), "Missed regressions"),
        (lambda: changed("leak-60", 200, "promoter", done=6), "Missed, GPU leak"),
        (lambda: changed("load", 2000, "m-of-n", harm=[4.9, 4.5, 5.5]), "Exposure"),
        (lambda: changed("healthy", 20, "promoter", to_done=[141.0, 130.0, None]), "20 requests/s"),
        (lambda: changed("healthy", 200, "promoter", to_done=[None, None, None]), "200 requests/s"),
    ],
    ids=["cadence", "dependency", "limit", "missed", "leak", "exposure", "slow", "never"],
)
def test_each_bad_number_is_told_in_its_line(found: Callable[[], dict[str, Any]], words: str) -> None:
    told = not_met(found())
    assert len(told) == (2 if words == "Exposure" else 1)  # it has two readings
    assert all(claim.met is False and words in claim.text for claim in told)


def test_a_peer_that_freezes_healthy_candidates_is_no_rival() -> None:
    found = changed("load", 2000, "m-of-n", harm=[1.0, 0.9, 1.1])
    for cell in found["cells"]:
        if (cell["case"], cell["rate"], cell["rule"]) == ("healthy", 2000, "m-of-n"):
            cell["frozen"] = 50
    assert not_met(found) == []


def test_a_peer_that_freezes_only_in_bursts_is_a_rival_by_one_of_the_two_readings() -> None:
    found = changed("load", 2000, "m-of-n", harm=[1.0, 0.9, 1.1])
    for cell in found["cells"]:
        if (cell["case"], cell["rate"], cell["rule"]) == ("bursts-both", 2000, "m-of-n"):
            cell["frozen"] = 300
    (claim,) = not_met(found)
    assert "with margin" in claim.text
    assert "30 % of `bursts-both`" in claim.detail


def test_a_slow_verdict_is_told() -> None:
    found = results()
    found["wald"][1]["mean"] = 191.0
    (claim,) = not_met(found)
    assert (claim.met, "FAIL" in claim.text) == (False, True)


def test_what_was_not_run_is_not_called_met() -> None:
    found = results()
    found["cells"] = [cell for cell in found["cells"] if cell["rate"] != 200]
    found["wald"] = []
    assert {claim.met for claim in not_met(found)} == {None}
    assert len(not_met(found)) >= 6


def test_the_page_says_not_met_in_so_many_words(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_page(changed("errors-2x", 2, "promoter", done=1), page, [])
    text = page.read_text(encoding="utf-8")
    assert text.count("**not met**") == 1
    assert "errors-2x at 2/s, every 30 s: 1 of 1000" in text
    assert "## Every case" in text
