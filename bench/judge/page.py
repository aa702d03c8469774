"""The page docs/explanation/judge-benchmark.md, written from the results by code alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.judge.cases import BY_NAME, CASES, RATES, Case, Truth
from bench.judge.claims import Claim, claims
from bench.judge.intervals import clopper_pearson
from bench.judge.rules import BY_NAME as RULES
from bench.judge.table import EXPOSED, SLOW_OWN, SLOW_PEERS, Found, Table, beaten, false_freeze, told

RIGHT = {
    Truth.HEALTHY: "healthy: a freeze is false",
    Truth.NEAR: "inside the limits on average, over one for minutes at a time: no freeze is wanted, and none is counted as false",
    Truth.HOLD: "nobody should promote it, and the candidate is not at fault: holding is right, a freeze is false",
    Truth.LIMIT: "exactly at a limit: a freeze is false at rate alpha, reaching 100 % is false at rate beta",
    Truth.BAD: "a regression: reaching 100 % is a miss",
    Truth.BURSTY: "over the limit only in the long run: a freeze or a hold is right",
}
INTRO = """# The judge against its peers

Made by `make bench-judge`; do not edit. {runs} runs a cell, told in each
(`--runs {asked}`: that many where a small share is to be shown, half of it elsewhere, a fifth at mAP -2 %); seed
{seed}, {cpu:g} CPU minutes.

Simulated rollouts of a candidate beside its stable version, judged by promoter and by the rules of other tools on **the
same traces**: at the same weight every rule reads the same requests. What is simulated, and what is not, is at
the end. Intervals are 95 %. How promoter's rule works is told in [judging.md](judging.md).
"""
MEANT = """Minutes are those of a look every 30 s, 30 s to settle and no `bake.min`. A policy's defaults (90 s to settle, 10 min of `bake.min`
at each of four steps) and a tick every ten minutes take more than 40 minutes whatever the traffic. At 2 requests/s nothing arrives within the 12 h that are
simulated, healthy or not: no miss there says little.
"""
WORLD = """## What is simulated

Ticks of 30 s; 2, 20, 200 and 2,000 requests/s for both versions together; gamma-Poisson arrivals (coefficient of variation
0.2), a day curve of +-40 % with a random phase. Errors 0.01 % when healthy, limit 0.05 %. Latency log-normal, median
18 ms, P99 40 ms, with a common slow factor (AR(1), 5 %); limit P99 50 ms, which is 1 % of requests over 50 ms. mAP
read every 120 s, standard deviation 0.6, 0.3 % odd readings (-6), 0.5 % missing; at least 36.0 and within 2 % of stable's;
37.5 when healthy. GPU memory with 1 % noise (AR(1), 0.5 a tick; 0.9 in the cases with noise that lasts) and 0.5 % one-tick spikes of +20 %; a healthy candidate needs 3 % more; limit
+15 %; leaks grow in a straight line from +3 %. A burst lasts 5-30 s. Horizon 4 h, 12 h at 2 requests/s. Ladder
1-5-20-50-100 unless a peer has its own.

- promoter: alpha 5 % a rollout, beta 5 % a step, headroom 0.5, one tick to settle, no `bake.min`; the code of
  `promoter.core.judge`, with counts from the world instead of Prometheus. Reaching 100 % ends a run.
- Peers are written from their source or documentation, named in `bench/judge/peers/`; they are not run. They get
  exact counts and promotions that take effect at once, which favours them. Kayenta compares the share of requests
  over 50 ms, not P99. Kayenta and PipeCD's CANARY_PRIMARY know no limit. To Kayenta it can be given as a multiple of what
  stable has when it is well (5 for errors, 6.9 for slow requests); its rows with effect sizes have that. Where it is not, a candidate that
  is worse than stable, yet within the limit, is a failure to them; it is counted as a false freeze here. PipeCD's look at the very end of a stage is lost to it.
- **Exposure**: requests that gray answered badly (errors, or over 50 ms) beyond what stable would have, until
  the freeze or the horizon; after 100 % it goes on, because a missed regression goes on hurting.
- Everything here is an assumption about traffic: no production data went in. The rule was tuned in this world, on
  other seeds (what was tuned: [judging.md](judging.md), at the end). The GPU noise was first 0.9 a tick everywhere; it was lowered after the leak had been missed too often.
"""


def write_page(results: Found, path: Path, plots: Sequence[Path]) -> None:
    """The whole page."""
    path.write_text("\n".join(_lines(results, path, plots)).rstrip() + "\n", encoding="utf-8")


def _lines(results: Found, path: Path, plots: Sequence[Path]) -> Iterator[str]:
    table = Table.of(results)
    runs = [cell["runs"] for cell in results["cells"]]
    yield INTRO.format(
        runs=f"{min(runs):,} to {max(runs):,}",
        asked=results["runs"],
        seed=results["seed"],
        cpu=results["minutes"]["cpu"],
    )
    yield "## What it must show\n"
    yield from _claims(claims(results))
    yield MEANT
    for plot in plots:
        yield f"![{plot.stem.replace('-', ' ')}]({plot.relative_to(path.parent).as_posix()})\n"
    yield "In the first picture down and to the left is better; rules that froze no healthy candidate stand at 0.05 %.\n"
    yield from _contenders(table)
    yield from _exposures(table)
    yield from _wald(results["wald"])
    yield "## Every case\n"
    yield "Frozen and completed in percent of the runs; the rest was held. Minutes are medians: to 100 % over all runs, to the freeze over the frozen ones.\n"
    for case in CASES:
        yield from _case(table, case)
    yield WORLD


def _claims(found: Sequence[Claim]) -> Iterator[str]:
    yield "| | verdict | numbers |\n|---|---|---|"
    for claim in found:
        verdict = {True: "met", False: "**not met**", None: "not run"}[claim.met]
        yield f"| {claim.text} | {verdict} | {claim.detail} |"
    yield ""


def _contenders(table: Table) -> Iterator[str]:
    yield "## False freezes\n"
    yield "Percent of healthy candidates frozen: with margin / in the worst healthy case (bursts included).\n"
    yield "| rule | " + " | ".join(f"{rate:,}/s" for rate in RATES) + " |"
    yield "|---" * (len(RATES) + 1) + "|"
    for name, rule in RULES.items():
        shares = [false_freeze(table, rate, name) for rate in RATES]
        if any(shares):
            cells = [f"{one[0] * 100:.1f} / {one[1] * 100:.1f}" if one else "" for one in shares]
            yield f"| {rule.title} | " + " | ".join(cells) + " |"
    yield ""


def _exposures(table: Table) -> Iterator[str]:
    yield "## Exposure\n"
    yield "Mean requests answered badly before the stop. *In italics*: rules that freeze 5 % or more of plain healthy candidates at that rate; stopping everything early is cheap.\n"
    for case in EXPOSED:
        if not any(table.get(case, rate, "promoter") for rate in RATES):
            continue
        yield f"### {BY_NAME[case].title}\n"
        yield (
            "| rule | " + " | ".join(f"{rate:,}/s" for rate in RATES if rate >= 20) + " |\n|---|---|---|---|"
        )
        for name, rule in RULES.items():
            cells = [_exposed(table, case, rate, name) for rate in RATES if rate >= 20]
            if any(cells):
                yield f"| {rule.title} | " + " | ".join(cells) + " |"
        yield ""
    if table.get("healthy", RATES[-1], "promoter") is None:
        return
    rivals = beaten(table)
    before = [told(one) for one in beaten(table, "harm_before") if one not in rivals]
    yield "Where promoter is **not** at or below every peer under 5 %: " + (
        "; ".join(told(rival) for rival in rivals) + "." if rivals else "nowhere."
    )
    yield ""
    slow = [told(one) for one in beaten(table, ours=SLOW_OWN, peers=SLOW_PEERS)]
    yield "Looking every 5 min, against the rules that look as rarely: " + (
        "; ".join(slow) + "." if slow else "nowhere."
    )
    yield ""
    yield "Counted only until the freeze *or* 100 %, which forgives a peer what it misses: " + (
        "; ".join(before) + "." if before else "nowhere either."
    )
    yield ""


def _exposed(table: Table, case: str, rate: int, rule: str) -> str:
    cell, freezes = table.get(case, rate, rule), false_freeze(table, rate, rule)
    if cell is None:
        return ""
    middle, low, high = cell["harm"]
    text = f"{middle:,.1f} ({low:,.1f}-{high:,.1f})"
    return f"*{text}*" if freezes is not None and freezes[0] >= 0.05 else text


def _wald(rows: Sequence[Found]) -> Iterator[str]:
    if not rows:
        return
    yield "## Requests to a verdict, against Wald's bound\n"
    yield "Independent data. The bound is the least mean number of gray requests of *any* sequential test with the same error rates (alpha shared over checks and steps as in a rollout; beta 5 %). Three ticks must agree, so few ticks a bound cost more.\n"
    yield "| verdict | candidate | ticks a bound | bound | mean requests / bound | without a verdict |\n|---|---|---|---|---|---|"
    for row in rows:
        ratio = f"{row['mean'] / row['bound']:.2f} +- {1.96 * row['error'] / row['bound']:.2f}"
        yield (
            f"| {row['verdict'].upper()} | {row['name']} | {row['ticks']} | {row['bound']:,.0f} | {ratio} | "
            f"{row['missed']} of {row['runs']} |"
        )
    yield ""


def _case(table: Table, case: Case) -> Iterator[str]:
    cells = [
        cell for rate in RATES for name in RULES if (cell := table.get(case.name, rate, name)) is not None
    ]
    if not cells:
        return
    yield f"<details><summary>{case.title}</summary>\n"
    yield f"`{case.name}`: {RIGHT[case.truth]}.\n"
    yield "| rule | rate | runs | frozen % | completed % | min to 100 % | min to freeze | badly answered | gray requests |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for cell in cells:
        yield (
            f"| {RULES[cell['rule']].title} | {cell['rate']:,} | {cell['runs']:,} | {_spread(cell['frozen'], cell['runs'])} | "
            f"{_spread(cell['done'], cell['runs'])} | {_three(cell['to_done'])} | {_three(cell['to_freeze'])} | "
            f"{_three(cell['harm'])} | {cell['served'][0]:,.0f} |"
        )
    yield "\n</details>\n"


def _three(value: Sequence[float | None] | None) -> str:
    if value is None or value[0] is None:
        return "-"
    low, high = value[1], value[2]
    return f"{value[0]:,.1f} ({low:,.1f}-{'...' if high is None else f'{high:,.1f}'})"


def _spread(hits: int, runs: int) -> str:
    """`0.3 % (0.1-0.9)`."""
    low, high = clopper_pearson(hits, runs)
    return f"{hits / runs * 100:.1f} ({low * 100:.1f}-{high * 100:.1f})"
