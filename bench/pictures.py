"""The pictures of docs/explanation/judging.md, drawn by the judge's own code from seeded traffic.

python -m bench.pictures
"""

from __future__ import annotations

import math
import random
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from promoter.core.judge.proportion import Rule, State, Tick, advance, begin, log_within, worse
from promoter.core.judge.sequential import bar_of

OUT = Path(__file__).parent.parent / "docs" / "explanation" / "pictures"
LIMIT, HEALTHY, RATE, TICK = 0.0005, 0.0001, 20.0, 30.0
LADDER = (1, 5, 20, 50, 100)
SEED = 11
BLUE, RED = "#2563eb", "#dc2626"


def states(share: float, weight: float, following: float, ticks: int, seed: int) -> tuple[Rule, list[State]]:
    """One step of simulated traffic at 20 requests a second, judged tick by tick."""
    rng = random.Random(seed)
    bar = bar_of(LIMIT, following, 0.5)
    rule = Rule.of(LIMIT, bar, alpha=0.0025, beta=0.05, reference=HEALTHY)
    found = [begin(rule)]
    gray, stable = round(RATE * TICK * weight), round(RATE * TICK * (1 - weight))
    for _ in range(ticks):
        bad = sum(rng.random() < share for _ in range(gray))
        other = sum(rng.random() < HEALTHY for _ in range(stable))
        found.append(advance(rule, found[-1], Tick(bad, bad, gray, other, other, stable)))
    return rule, found


def evidence() -> None:
    """What both players have made of 1, for a healthy candidate and for one at ten times the limit."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
    cases = ((HEALTHY, "healthy: 0.01 % of requests fail"), (10 * LIMIT, "ten times the limit: 0.5 % fail"))
    for panel, (share, title) in zip(panels, cases, strict=True):
        rule, found = states(share, weight=0.2, following=0.5, ticks=90, seed=SEED)
        minutes = [index * TICK / 60 for index in range(len(found))]
        within = [log_within(rule, state) / math.log(10) if state.total else 0.0 for state in found]
        over = [math.log10(max(1e-3, min(state.over.worth, worse(rule, state).worth))) for state in found]
        panel.plot(minutes, within, color=BLUE, label="for a pass")
        panel.plot(minutes, over, color=RED, label="for a freeze")
        panel.axhline(math.log10(1 / rule.beta), color=BLUE, linestyle=":", linewidth=1)
        panel.axhline(math.log10(1 / rule.alpha), color=RED, linestyle=":", linewidth=1)
        panel.text(44.5, math.log10(20) - 0.42, "20 : 1 passes", ha="right", color=BLUE, fontsize=8)
        panel.text(44.5, math.log10(400) + 0.08, "400 : 1 freezes", ha="right", color=RED, fontsize=8)
        panel.set(title=title, xlabel="minutes at 20 % of 20 requests a second", ylim=(-3, 4.2), xlim=(0, 45))
        panel.set_yticks(
            range(-3, 5),
            [f"{10**power:,} : 1" if power >= 0 else f"1 : {10**-power:,}" for power in range(-3, 5)],
        )
        panel.grid(alpha=0.2)
    panels[1].legend(loc="lower right", frameon=False)
    panels[0].set_ylabel("evidence")
    save(figure, "evidence.svg")


def bars() -> None:
    """The bar of each step, and the clean or healthy requests that prove it."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
    steps = [f"{low} → {high} %" for low, high in pairwise(LADDER)]
    heights = [bar_of(LIMIT, high / 100, 0.5) for high in LADDER[1:]]
    drawn = left.bar(steps, [100 * height for height in heights], color="#93c5fd")
    left.bar_label(drawn, [f"{100 * height:g} %" for height in heights], fontsize=9)
    left.axhline(100 * LIMIT, color=RED, linewidth=1)
    left.text(-0.4, 100 * LIMIT * 1.12, "limit 0.05 %", color=RED, fontsize=8)
    left.set(
        title="the bar of each step", yscale="log", ylabel="share of failed requests, %", ylim=(0.02, 1.2)
    )
    clean = [math.log(20) / -math.log1p(-height) for height in heights]
    healthy = [requests_to_pass(height) for height in heights]
    places = range(len(steps))
    right.bar(
        [place - 0.2 for place in places],
        clean,
        width=0.4,
        color="#d1d5db",
        label="at least: not one may fail",
    )
    told = right.bar(
        [place + 0.2 for place in places], healthy, width=0.4, color="#93c5fd", label="if 0.01 % fail"
    )
    right.bar_label(told, [f"{count:,.0f}" for count in healthy], fontsize=8)
    right.set_xticks(list(places), steps)
    right.set(title="requests of the candidate that prove it", ylim=(0, 19_500))
    right.legend(frameon=False, loc="upper left")
    save(figure, "bars.svg")


def requests_to_pass(bar: float) -> int:
    """Requests at the healthy share until the evidence suffices."""
    rule = Rule.of(LIMIT, bar, alpha=0.0025, beta=0.05, reference=HEALTHY)
    return rule.below.requests_until(-math.log(rule.beta), HEALTHY) or 0


def save(figure: Figure, name: str) -> None:
    """As an SVG whose bytes do not change from run to run."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    OUT.mkdir(parents=True, exist_ok=True)
    figure.savefig(OUT / name, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def main() -> None:
    mpl.rcParams.update(
        {"svg.hashsalt": "promoter", "font.family": "sans-serif", "font.size": 9, "svg.fonttype": "path"}
    )
    evidence()
    bars()


if __name__ == "__main__":
    main()
