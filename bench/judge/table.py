"""The cells of the results, and which peers expose fewer requests than promoter does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.judge.cases import CASES, RATES, Truth
from bench.judge.rules import OWN
from bench.judge.rules import RULES as DEFAULT_RULES

Found = Mapping[str, Any]  # a cell, as read from JSON
CONTENDER = 0.05  # a peer's false-freeze rate must be under this
EXPOSED = ("errors-10x", "p99-60", "p99-100", "load")
PEERS = tuple(rule.name for rule in DEFAULT_RULES if not rule.own)
SLOW_OWN, SLOW_PEERS = "promoter-5m", ("m-of-n-5m", "script-5m")  # those that look every 5 min


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


def false_freeze(table: Table, rate: int, rule: str) -> tuple[float, float, str] | None:
    """A rule's share of false freezes at a rate: on the plain healthy candidate, and in the worst healthy case; which it is."""
    shares = [
        (cell["frozen"] / cell["runs"], case)
        for case in named(Truth.HEALTHY)
        if (cell := table.get(case, rate, rule)) is not None
    ]
    plain = table.get("healthy", rate, rule)
    return (plain["frozen"] / plain["runs"], *max(shares)) if plain is not None else None


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
    worst_case: str


def beaten(
    table: Table, measure: str = "harm", *, ours: str = OWN, peers: Sequence[str] = PEERS
) -> list[Beaten]:
    """Where a peer that freezes under 5 % of plain healthy candidates exposes fewer requests than promoter."""
    found = []
    for case in EXPOSED:
        for rate in (rate for rate in RATES if rate >= 20):
            own = table.get(case, rate, ours)
            for rule in peers:
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
                            worst_case=freezes[2],
                        )
                    )
    return found


def told(rival: Beaten) -> str:
    """`errors-10x at 200/s: m-of-n 5.5 < 7.2`."""
    notes = [] if rival.clear else ["intervals overlap"]
    if rival.worst >= CONTENDER:
        notes.append(f"but it freezes {rival.worst * 100:.0f} % of `{rival.worst_case}`")
    note = f" ({', '.join(notes)})" if notes else ""
    return f"{rival.case} at {rival.rate}/s: {rival.rule} {rival.peer:.1f} < {rival.own:.1f}{note}"
