"""The lines of "it must show", each held against the results: met, or plainly not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.judge.cases import BY_NAME, CASES, RATES, Truth
from bench.judge.rules import BY_NAME as RULES
from bench.judge.rules import OWN
from bench.judge.rules import RULES as DEFAULT_RULES

Found = Mapping[str, Any]  # a cell, as read from JSON
MOST_FROZEN = 0.005
ALPHA = 0.05
MINUTES = {2000: 22.0, 200: 26.0, 20: 140.0}
CONTENDER = 0.05  # a peer's false-freeze rate must be under this
EXPOSED = ("errors-10x", "p99-60", "p99-100", "load")
OWN_RULES = tuple(rule.name for rule in DEFAULT_RULES if rule.own)
PEERS = tuple(rule.name for rule in DEFAULT_RULES if not rule.own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One line: what must hold, whether it does, and the numbers. `met` is None where the cells were not run."""

    text: str
    met: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Table:
    """The cells by case, rate and rule."""

    cells: Mapping[tuple[str, int, str], Found]

    @classmethod
    def of(cls, results: Found) -> Table:
        """The cells of the results."""
        return cls({(cell["case"], cell["rate"], cell["rule"]): cell for cell in results["cells"]})

    def get(self, case: str, rate: int, rule: str) -> Found | None:
        """A cell, where it was run."""
        return self.cells.get((case, rate, rule))

    def some(self, cases: Sequence[str], rules: Sequence[str]) -> Iterator[Found]:
        """The cells of these cases and rules at every rate."""
        for case in cases:
            for rate in RATES:
                for rule in rules:
                    if (cell := self.get(case, rate, rule)) is not None:
                        yield cell


def named(truth: Truth) -> list[str]:
    """The cases in which this is right."""
    return [case.name for case in CASES if case.truth is truth]


def claims(results: Found) -> list[Claim]:
    """Every line, in the issue's order."""
    table = Table.of(results)
    wald: list[Found] = results["wald"]
    return [
        _false_freezes(table),
        _at_the_limit(table),
        _missed(table),
        _missed_leaks(table, "leak-60"),
        _missed_leaks(table, "leak-120"),
        _exposure(table),
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


def _missed(table: Table) -> Claim:
    cases = [name for name in named(Truth.BAD) if not name.startswith("leak")]
    text = "Missed regressions of 2x or more (errors, latency, load, dead, mAP -5): 0 in every cell"
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


def false_freeze(table: Table, rate: int, rule: str) -> tuple[float, float] | None:
    """A rule's share of false freezes at a rate: on the plain healthy candidate, and in the worst healthy case."""
    shares = [
        cell["frozen"] / cell["runs"]
        for case in named(Truth.HEALTHY)
        if (cell := table.get(case, rate, rule)) is not None
    ]
    plain = table.get("healthy", rate, rule)
    return (plain["frozen"] / plain["runs"], max(shares)) if plain is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beaten:
    """A peer with a smaller exposure than promoter's. `worst`: its false freezes in the worst healthy case."""

    case: str
    rate: int
    rule: str
    own: float
    peer: float
    clear: bool  # the intervals do not overlap
    worst: float


def beaten(table: Table, measure: str = "harm") -> list[Beaten]:
    """Where a peer that freezes under 5 % of plain healthy candidates exposes fewer requests than promoter."""
    found = []
    for case in EXPOSED:
        for rate in (rate for rate in RATES if rate >= 20):
            own = table.get(case, rate, OWN)
            for rule in PEERS:
                peer, freezes = table.get(case, rate, rule), false_freeze(table, rate, rule)
                if own is None or peer is None or freezes is None or freezes[0] >= CONTENDER:
                    continue
                if peer[measure][0] < own[measure][0]:
                    found.append(
                        Beaten(
                            case=case,
                            rate=rate,
                            rule=rule,
                            own=own[measure][0],
                            peer=peer[measure][0],
                            clear=peer[measure][2] < own[measure][1],
                            worst=freezes[1],
                        )
                    )
    return found


def _exposure(table: Table) -> Claim:
    text = (
        "Exposure at or below that of every peer with under 5 % false freezes: "
        "10x errors, latency and load-dependent cases at 20 requests/s and up"
    )
    rates = [rate for rate in RATES if rate >= 20]
    if any(table.get(case, rate, OWN) is None for case in (*EXPOSED, "healthy") for rate in rates):
        return Claim(text=text, met=None, detail="not run")
    rivals = beaten(table)
    detail = "no such peer exposes fewer" if not rivals else "; ".join(told(rival) for rival in rivals)
    return Claim(text=text, met=not rivals, detail=detail)


def told(rival: Beaten) -> str:
    """`errors-10x at 200/s: m-of-n 5.5 < 7.2`."""
    notes = [] if rival.clear else ["intervals overlap"]
    if rival.worst >= CONTENDER:
        notes.append(f"but it freezes {rival.worst * 100:.0f} % in another healthy case")
    note = f" ({', '.join(notes)})" if notes else ""
    return f"{rival.case} at {rival.rate}/s: {rival.rule} {rival.peer:.1f} < {rival.own:.1f}{note}"


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
