"""The checks as a markdown table, and the ladder with the place a rollout is at."""

from __future__ import annotations

from promoter.core.judge.verdict import Outcome, Verdict
from promoter.core.policy import Unit
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.core.weights import Split, format_percent
from promoter.report.measured import numbers, shown
from promoter.report.numbers import for_markdown
from promoter.report.sentences import verdict_line

MARKS = {Outcome.PASS: "✅ pass", Outcome.FAIL: "❌ fail", Outcome.INCONCLUSIVE: "⏳ inconclusive"}
_URGENT = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS)
_NAME, _LINE = 80, 400
_HEAD = ("| check | verdict | observed | limit | stable | samples | why |", "|---|---|--:|--:|--:|--:|---|")


def checks_table(health: Health, most: int | None = None) -> str:
    """The checks as a markdown table, failures first, then what is open; a sentence where none was judged.

    With `most`, only so many rows, and the rest is counted below.
    """
    if not health.verdicts:
        return "No check was judged."
    rows = sorted(health.verdicts, key=lambda verdict: _URGENT.index(verdict.outcome))[:most]
    left_out = len(health.verdicts) - len(rows)
    table = "\n".join([*_HEAD, *map(_row, rows)])
    return f"{table}\n\n… and {left_out:,} checks more, in the evidence." if left_out else table


def _row(verdict: Verdict) -> str:
    cells = (
        for_markdown(verdict.check, _NAME),
        MARKS[verdict.outcome],
        _number(_value(verdict.observed, verdict)),
        _number(_limit(verdict)),
        _number(_value(verdict.stable, verdict)),
        f"{verdict.samples:,}",
        for_markdown(_why(verdict), _LINE),
    )
    return f"| {' | '.join(cells)} |"


def _why(verdict: Verdict) -> str:
    """The verdict's sentence, without the numbers that have cells of their own."""
    line = verdict_line(verdict)
    return line.removeprefix(numbers(verdict)).lstrip(":; ") or line


def _number(text: str) -> str:
    """A number with its unit, which stay on one line."""
    return for_markdown(text).replace(" ", "&nbsp;")


def _value(value: float | None, verdict: Verdict) -> str:
    return "—" if value is None else shown(value, verdict)


def _limit(verdict: Verdict) -> str:
    """`≤ 0.05%`, `≥ 36`; of a latency `≤ 1% over 50 ms`."""
    if verdict.limit is None:
        return _value(None, verdict)
    told = f"{'≥' if verdict.lower else '≤'} {shown(verdict.limit, verdict)}"
    if verdict.edge is None or verdict.unit is not Unit.SHARE:
        return told
    return f"{told} over {verdict.edge:g} {verdict.edge_unit.value}".rstrip()


def ladder(situation: Situation, to: Split | None) -> str:
    """The steps with the place we are at: `1% → **5%** → 20%`; with `to` the move: `1% → **5% ⇒ 20%** → 50%`.

    A move that skips steps or leaves the ladder only marks the place we are at.
    """
    here = situation.percent
    end = to.percent(situation.route.destinations[situation.candidate]) if to else None
    steps = [step.percent for step in situation.policy.steps]
    if here == 0 and end == steps[0]:
        steps = [here, *steps]
    told: list[str] = []
    for index, percent in enumerate(steps):
        name = format_percent(percent)
        if index and end == percent and steps[index - 1] == here:
            told[-1] = f"**{format_percent(here)} ⇒ {name}**"
        else:
            told.append(f"**{name}**" if percent == here else name)
    return " → ".join(told)
