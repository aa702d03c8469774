"""Plots of the results as SVG, byte for byte the same for the same results."""

from __future__ import annotations

import textwrap
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.judge.cases import BY_NAME, RATES
from bench.judge.rules import BY_NAME as RULES
from bench.judge.table import EXPOSED, Found, Table, false_freeze

SHOWN = {
    "promoter": ("#0b6e4f", "o"),
    "m-of-n": ("#5aa786", "s"),
    "flagger": ("#f2a65a", "^"),
    "flagger-5": ("#d1495b", "v"),
    "flagger-10": ("#8d2b3a", "<"),
    "argo": ("#8ecae6", "P"),
    "argo-doc": ("#3d6fb6", "D"),
    "argo-streak": ("#1d3d73", ">"),
    "kayenta-effects": ("#8a5fbf", "X"),
    "pipecd-2": ("#7a7a7a", "h"),
    "script": ("#c9b458", "*"),
}
LEAST = 0.05  # percent and requests that a logarithmic axis shows


def write_plots(results: Found, folder: Path) -> list[Path]:
    """Every plot that the results have cells for."""
    mpl.rcParams.update({"svg.hashsalt": "judge-benchmark", "svg.fonttype": "none", "font.size": 8})
    table = Table.of(results)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, draw in (("exposure-and-false-freezes", _trade), ("missed", _missed), ("time-to-100", _times)):
        figure = draw(table)
        path = folder / f"{name}.svg"
        figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
        plt.close(figure)
        text = "\n".join(line.rstrip() for line in path.read_text(encoding="utf-8").splitlines())
        path.write_text(text + "\n", encoding="utf-8")
        found.append(path)
    return found


def _panels(titles: list[str]) -> tuple[Figure, list[Axes]]:
    figure, axes = plt.subplots(
        1, len(titles), figsize=(3.2 * len(titles), 3.2), squeeze=False, layout="constrained"
    )
    row = list(axes[0])
    for axis, title in zip(row, titles, strict=True):
        axis.set_title(textwrap.fill(title, 34), fontsize=8)
        axis.grid(alpha=0.25)
    return figure, row


def _trade(table: Table) -> Figure:
    """False freezes against exposure: down and to the left is better."""
    figure, axes = _panels([f"{BY_NAME[case].title} (200 requests/s)" for case in EXPOSED])
    for axis, case in zip(axes, EXPOSED, strict=True):
        for rule, (colour, marker) in SHOWN.items():
            cell, freezes = table.get(case, 200, rule), false_freeze(table, 200, rule)
            if cell is None or freezes is None:
                continue
            place = max(freezes[1] * 100, LEAST), max(cell["harm"][0], LEAST)
            axis.plot(*place, color=colour, marker=marker, linestyle="", label=RULES[rule].title)
        axis.set(xscale="log", yscale="log", xlabel="healthy frozen, worst case, %")
    axes[0].set_ylabel("requests answered badly before the stop")
    _legend(figure, axes)
    return figure


def _missed(table: Table) -> Figure:
    """Regressions that reached 100 %, by rate."""
    cases = ("errors-2x", "errors-10x", "p99-60", "leak-60", "load")
    figure, axes = _panels([BY_NAME[case].title for case in cases])
    for axis, case in zip(axes, cases, strict=True):
        for rule, (colour, marker) in SHOWN.items():
            cells = [cell for rate in RATES if (cell := table.get(case, rate, rule)) is not None]
            shares = [cell["done"] / cell["runs"] * 100 for cell in cells]
            rates = [cell["rate"] for cell in cells]
            axis.plot(rates, shares, color=colour, marker=marker, markersize=4, label=RULES[rule].title)
        axis.set(xscale="log", ylim=(-3, 103), xlabel="requests/s")
    axes[0].set_ylabel("regressions that reached 100 %, %")
    _legend(figure, axes)
    return figure


def _times(table: Table) -> Figure:
    """Median minutes to 100 % of a healthy candidate; rules that freeze it mostly have none."""
    figure, axes = _panels(["healthy with margin"])
    for rule, (colour, marker) in SHOWN.items():
        cells = [cell for rate in RATES if (cell := table.get("healthy", rate, rule)) is not None]
        points = [(cell["rate"], cell["to_done"][0]) for cell in cells if cell["to_done"][0] is not None]
        if points:
            rates, minutes = zip(*points, strict=True)
            axes[0].plot(rates, minutes, color=colour, marker=marker, markersize=4, label=RULES[rule].title)
    axes[0].set(xscale="log", yscale="log", xlabel="requests/s", ylabel="median minutes to 100 %")
    _legend(figure, axes)
    return figure


def _legend(figure: Figure, axes: list[Axes]) -> None:
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="upper center", bbox_to_anchor=(0.5, -0.02), ncol=2, frameon=False, fontsize=7
    )
