"""The lines of "it must show", each held against the results: met, or plainly not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.judge.cases import BY_NAME, RATES, Truth
from bench.judge.rules import BY_NAME as RULES
from bench.judge.rules import OWN
from bench.judge.rules import RULES as DEFAULT_RULES
from bench.judge.table import CONTENDER, EXPOSED, Found, Table, beaten, named, told

MOST_FROZEN = 0.005
ALPHA = 0.05
MINUTES = {2000: 22.0, 200: 26.0, 20: 140.0}
OWN_RULES = tuple(rule.name for rule in DEFAULT_RULES if rule.own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One line: what must hold, whether it does, and the numbers. `met` is None where the cells were not run."""

    text: str
    met: bool | None
    detail: str


def claims(results: Found) -> list[Claim]:
    """Every line, in the issue's order."""
    table = Table.of(results)
    wald: list[Found] = results["wald"]
    return [
        _false_freezes(table),
        _at_the_limit(table),
        _near_the_limit(table),
        _missed(table),
        _missed_leaks(table, "leak-60"),
        _missed_leaks(table, "leak-60-slow"),
        _missed_leaks(table, "leak-120"),
        *_exposure(table),
        *_minutes(table),
        _requests(
            wald,
            "Mean requests to FAIL at most 1.9x Wald's bound, errors 2x and 10x, 10 ticks a bound",
            lambda row: (
                row["verdict"] == "fail" and row["name"] in ("errors 2x", "errors 10x") and row["ticks"] == 10
            ),
            1.9,
        ),
        _requests(
            wald,
            "Mean requests to PASS at most 1.25x Wald's bound",
            lambda row: row["verdict"] == "pass",
            1.25,
        ),
    ]


def cell_name(cell: Found) -> str:
    """`healthy at 20/s, every 5 min`."""
    rule = RULES[cell["rule"]].title.removeprefix("promoter, ")
    return f"{cell['case']} at {cell['rate']}/s, {rule}"


def _false_freezes(table: Table) -> Claim:
    cases = [*named(Truth.HEALTHY), *named(Truth.HOLD)]
    cells = list(table.some(cases, OWN_RULES))
    text = "False freezes on healthy candidates: upper end of the 95 % interval at most 0.5 % in every cell"
    bad = [cell for cell in cells if cell["frozen_interval"][1] > MOST_FROZEN]
    total, runs = sum(cell["frozen"] for cell in cells), sum(cell["runs"] for cell in cells)
    detail = f"{total} of {runs:,} runs frozen in {len(cells)} cells"
    few = [cell for cell in bad if not cell["frozen"]]
    if few:
        detail += f"; too few runs to show it in {len(few)} of them"
    if len(bad) > len(few):
        detail += "; over it: " + "; ".join(
            f"{cell_name(cell)}: {cell['frozen']} of {cell['runs']}, up to {cell['frozen_interval'][1] * 100:.2f} %"
            for cell in bad
            if cell["frozen"]
        )
    return Claim(text=text, met=_verdict(cells, cases, bad), detail=detail)


def _at_the_limit(table: Table) -> Claim:
    text = "Freezes exactly at the limit, independent data: at most alpha (5 %)"
    cells = list(table.some(["limit-independent"], OWN_RULES))
    if not cells:
        return Claim(text=text, met=None, detail="not run")
    worst = max(cells, key=lambda cell: cell["frozen"] / cell["runs"])
    share, (low, high) = worst["frozen"] / worst["runs"], worst["frozen_interval"]
    detail = f"worst cell ({cell_name(worst)}): {share * 100:.2f} % ({low * 100:.2f}-{high * 100:.2f})"
    return Claim(text=text, met=share <= ALPHA, detail=detail)


def _near_the_limit(table: Table) -> Claim:
    text = "Freezes of candidates inside the limit on average whose P99 wobbles over it for minutes (47 and 48 ms of 50): at most alpha (5 %)"
    cases = named(Truth.NEAR)
    cells = list(table.some(cases, OWN_RULES))
    bad = [cell for cell in cells if cell["frozen"] > ALPHA * cell["runs"]]
    told_cells = "; ".join(f"{cell_name(cell)}: {cell['frozen'] / cell['runs'] * 100:.1f} %" for cell in bad)
    rest = f"at most alpha in all {len(cells)} cells" if cells else "not run"
    return Claim(text=text, met=_verdict(cells, cases, bad), detail=told_cells or rest)


def _missed(table: Table) -> Claim:
    cases = [name for name in named(Truth.BAD) if not name.startswith("leak")]
    text = "Missed regressions of 2x or more (errors, latency, load, dead, beside a sick dependency, mAP -5): 0 in every cell"
    return _none_done(table, cases, text, lambda cell: bool(cell["done"] == 0))


def _missed_leaks(table: Table, case: str) -> Claim:
    text = f"Missed, {BY_NAME[case].title} (crosses 15 % after {BY_NAME[case].leak_minutes:g} min): at most 0.5 % in every cell"
    return _none_done(table, [case], text, lambda cell: bool(cell["done"] <= MOST_FROZEN * cell["runs"]))


def _none_done(table: Table, cases: Sequence[str], text: str, fine: Callable[[Found], bool]) -> Claim:
    cells = list(table.some(cases, OWN_RULES))
    bad = [cell for cell in cells if not fine(cell)]
    total, runs = sum(cell["done"] for cell in cells), sum(cell["runs"] for cell in cells)
    detail = f"{total} of {runs:,} runs completed in {len(cells)} cells"
    if bad:
        detail += "; not: " + "; ".join(
            f"{cell_name(cell)}: {cell['done']} of {cell['runs']}" for cell in bad
        )
    return Claim(text=text, met=_verdict(cells, cases, bad), detail=detail)


def _verdict(cells: Sequence[Found], cases: Sequence[str], bad: Sequence[Found]) -> bool | None:
    """Met only where every cell was run: at every rate, at both cadences."""
    if bad:
        return False
    return True if len(cells) == len(cases) * len(RATES) * len(OWN_RULES) else None


def _exposure(table: Table) -> Iterator[Claim]:
    """Both readings of "under 5 % false freezes": with margin alone, and in every healthy case, bursts included."""
    cases = "10x errors, latency and load-dependent cases at 20 requests/s and up"
    rates = [rate for rate in RATES if rate >= 20]
    run = all(table.get(case, rate, OWN) is not None for case in (*EXPOSED, "healthy") for rate in rates)
    rivals = beaten(table) if run else []
    for words, found in (
        ("of healthy candidates with margin", rivals),
        ("in every healthy case, bursts included", [rival for rival in rivals if rival.worst < CONTENDER]),
    ):
        text = f"Exposure at or below that of every peer that freezes under 5 % {words}: {cases}"
        detail = "; ".join(told(rival) for rival in found) if found else "no such peer exposes fewer"
        yield Claim(text=text, met=not found if run else None, detail=detail if run else "not run")


def _minutes(table: Table) -> Iterator[Claim]:
    for rate, most in MINUTES.items():
        text = f"Median time to 100 % of a healthy candidate at {rate:,} requests/s: at most {most:g} min"
        cell = table.get("healthy", rate, OWN)
        if cell is None:
            yield Claim(text=text, met=None, detail="not run")
            continue
        value, low, high = cell["to_done"]
        if value is None:
            yield Claim(
                text=text,
                met=False,
                detail=f"half of the runs took longer than the horizon ({cell['done']} done)",
            )
            continue
        ends = f"{low:g}-{high:g}" if high is not None else f"{low:g} to beyond the horizon"
        those = cell["to_done_those"][0]
        detail = (
            f"{value:g} min ({ends}); over the {cell['done']} of {cell['runs']} that got there: {those:g}"
        )
        yield Claim(text=text, met=value <= most, detail=detail)


def _requests(wald: Sequence[Found], text: str, which: Callable[[Found], bool], most: float) -> Claim:
    rows = [row for row in wald if which(row)]
    if not rows:
        return Claim(text=text, met=None, detail="not run")
    parts = [
        f"{row['name']}: {row['mean'] / row['bound']:.2f} +- {1.96 * row['error'] / row['bound']:.2f}"
        for row in rows
    ]
    met = all(row["mean"] <= most * row["bound"] and not row["missed"] for row in rows)
    return Claim(text=text, met=met, detail="; ".join(parts))
