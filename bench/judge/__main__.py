"""`make bench-judge`: simulated rollouts under promoter's judge and under its peers' rules, side by side."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from bench.judge.cases import CASES, RATES
from bench.judge.rules import BY_NAME
from bench.judge.run import Plan, kept, run, write

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "explanation" / "judge-benchmark"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.judge", description=__doc__)
    parser.add_argument(
        "--runs",
        type=int,
        default=1000,
        help="a cell where a small share is to be shown, half of it elsewhere (default 1000)",
    )
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--seed", type=int, default=Plan().seed)
    parser.add_argument("--cases", nargs="+", choices=[case.name for case in CASES], metavar="CASE")
    parser.add_argument("--rates", nargs="+", type=int, choices=RATES, metavar="RATE")
    parser.add_argument("--rules", nargs="+", choices=list(BY_NAME), metavar="RULE")
    parser.add_argument("--wald-runs", type=int, default=1000, help="a row of Wald's table; 0: leave it out")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where results, tables and plots go")
    parser.add_argument("--page", type=Path, default=FOLDER.with_suffix(".md"), help="the page to write")
    parser.add_argument(
        "--keep", action="store_true", help="keep earlier results of cells that are not run now"
    )
    parser.add_argument("--redraw", action="store_true", help="only write page and plots from the results")
    given = parser.parse_args()
    results = given.folder / "results.json"
    if not given.redraw:
        plan = Plan(
            runs=given.runs,
            jobs=given.jobs,
            seed=given.seed,
            cases=given.cases or Plan().cases,
            rates=given.rates or Plan().rates,
            rules=given.rules or Plan().rules,
            wald_runs=given.wald_runs,
        )
        earlier = json.loads(results.read_text(encoding="utf-8")) if given.keep and results.exists() else None
        write(kept(run(plan, save=partial(write, path=results.with_suffix(".part"))), earlier), results)
    from bench.judge.page import write_page  # noqa: PLC0415 - matplotlib is slow to import
    from bench.judge.plots import write_plots  # noqa: PLC0415

    found = json.loads(results.read_text(encoding="utf-8"))
    plots = write_plots(found, given.folder)
    write_page(found, given.page, plots)


if __name__ == "__main__":
    main()
