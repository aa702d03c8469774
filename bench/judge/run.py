"""Runs the cells in parallel: a block of runs of one case at one rate under every rule is one job."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.judge import wald
from bench.judge.cases import BY_NAME, CASES, RATES, Case, Truth
from bench.judge.rules import BY_NAME as RULES
from bench.judge.rules import RULES as DEFAULT_RULES
from bench.judge.score import Runs, joined, plain, score, summed
from bench.judge.world import simulate

BLOCK = 125  # runs
SAVED_EVERY = 120.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run. The same seed gives the same numbers, whatever the number of jobs or of runs a cell."""

    runs: int = 1000
    jobs: int = 2
    seed: int = 20261202
    cases: Sequence[str] = tuple(case.name for case in CASES)
    rates: Sequence[int] = RATES
    rules: Sequence[str] = tuple(rule.name for rule in DEFAULT_RULES)
    wald_runs: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One block."""

    case: str
    rate: int
    block: int
    runs: int
    seed: int
    rules: Sequence[str]


def block_of(job: Job) -> tuple[dict[str, Runs], float]:
    """Every rule over one block, and the CPU seconds that it took."""
    began = time.process_time()
    key = (job.seed, _number(BY_NAME[job.case]), job.rate, job.block)
    world = simulate(BY_NAME[job.case], job.rate, job.runs, key)
    found = {name: score(RULES[name].run(world)) for name in job.rules}
    return found, time.process_time() - began


def _number(case: Case) -> int:
    """A case's number in the seed: from its name, so that a new case changes no other."""
    return int.from_bytes(case.name.encode()[:24], "big") % (2**61)


def runs_of(plan: Plan, case: Case) -> int:
    """Cells whose claim is a small share get all runs, the others half of them."""
    if case.name == "map-2pct":  # many evaluations near the bound: the dearest to judge
        return max(1, plan.runs // 5)
    small = case.truth in (Truth.HEALTHY, Truth.HOLD) or case.leak_minutes is not None or case.steady
    return plan.runs if small else max(1, plan.runs // 2)


def jobs_of(plan: Plan) -> list[Job]:
    """Every block of the plan: first blocks first, so that what is there early covers every cell; slow ones lead."""
    found = []
    for case in plan.cases:
        total = runs_of(plan, BY_NAME[case])
        for rate in plan.rates:
            for block in range(-(-total // BLOCK)):
                runs = min(BLOCK, total - block * BLOCK)
                job = Job(case=case, rate=rate, block=block, runs=runs, seed=plan.seed, rules=plan.rules)
                found.append(job)
    return sorted(found, key=lambda job: (job.block, job.rate))


class Results:
    """What was found so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.began, self.cpu = plan, time.monotonic(), 0.0
        self.blocks: dict[tuple[str, int, str], dict[int, Runs]] = defaultdict(dict)
        self.rows: dict[tuple[str, int, int, int], dict[str, Any]] = {}

    def add(self, job: Job, runs: Mapping[str, Runs], seconds: float) -> None:
        """One more block."""
        self.cpu += seconds
        for name, part in runs.items():
            self.blocks[job.case, job.rate, name][job.block] = part

    def plain(self) -> dict[str, Any]:
        """As the page is written from them."""
        cells = []
        for case, rate, name in product(self.plan.cases, self.plan.rates, self.plan.rules):
            blocks = self.blocks[case, rate, name]
            if blocks:
                runs = joined([blocks[number] for number in sorted(blocks)])
                cells.append(plain(summed(case, rate, name, runs)))
        minutes = {"wall": round((time.monotonic() - self.began) / 60, 1), "cpu": round(self.cpu / 60, 1)}
        return {
            "version": 1,
            "runs": self.plan.runs,
            "seed": self.plan.seed,
            "minutes": minutes,
            "cells": cells,
            "wald": [self.rows[row] for row in sorted(self.rows)],
        }


def run(
    plan: Plan, *, quiet: bool = False, save: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, Any]:
    """The results, as the page is written from them; `save` gets what is there every few minutes."""
    results, saved = Results(plan), time.monotonic()
    with ProcessPoolExecutor(plan.jobs) as pool:
        bounds = {
            pool.submit(wald.measure, row): row
            for row in (wald.tasks(plan.wald_runs) if plan.wald_runs else [])
        }
        blocks = {pool.submit(block_of, job): job for job in jobs_of(plan)}
        with tqdm(total=len(blocks) + len(bounds), unit="block", disable=quiet, file=sys.stderr) as bar:
            for row in as_completed(bounds):
                results.rows[bounds[row]] = row.result()
                bar.update()
            for block in as_completed(blocks):
                results.add(blocks[block], *block.result())
                bar.update()
                if save is not None and time.monotonic() - saved > SAVED_EVERY:
                    save(results.plain())
                    saved = time.monotonic()
    return results.plain()


def kept(results: dict[str, Any], earlier: dict[str, Any] | None) -> dict[str, Any]:
    """The results with the cells of an earlier run that are not among them, in the order of the tables."""
    if earlier is None:
        return results
    if (earlier["runs"], earlier["seed"]) != (results["runs"], results["seed"]):
        raise ValueError("the earlier results are of another number of runs or another seed")
    cells = {
        (cell["case"], cell["rate"], cell["rule"]): cell for cell in (*earlier["cells"], *results["cells"])
    }
    order = product((case.name for case in CASES), RATES, RULES)
    minutes = {key: round(earlier["minutes"][key] + results["minutes"][key], 1) for key in ("wall", "cpu")}
    return {
        **results,
        "minutes": minutes,
        "cells": [cells[key] for key in order if key in cells],
        "wald": results["wald"] or earlier["wald"],
    }


def write(results: dict[str, Any], path: Path) -> None:
    """The results as JSON, one cell a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for key, value in results.items():
        if isinstance(value, list):
            inner = ",\n".join("  " + json.dumps(item) for item in value)
            lines.append(f" {json.dumps(key)}: [\n{inner}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
