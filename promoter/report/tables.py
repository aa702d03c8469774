"""The checks as a markdown table, and the ladder with the place a rollout is at."""

from __future__ import annotations

from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.core.weights import Split, format_percent
from promoter.report.numbers import for_markdown
from promoter.report.sentences import verdict_line


def checks_table(health: Health) -> str:
    """The checks as a markdown table; a sentence where none was judged."""
    if not health.verdicts:
        return "No check was judged."
    marks = {"pass": "✅ pass", "fail": "❌ fail", "inconclusive": "⏳ inconclusive"}
    rows = [
        f"| {for_markdown(v.check)} | {marks[v.outcome.value]} | {for_markdown(verdict_line(v), 400)} |"
        for v in health.verdicts
    ]
    return "\n".join(["| check | verdict | evidence |", "|---|---|---|", *rows])


def ladder(situation: Situation, to: Split | None) -> str:
    """The steps with the place we are at: `1% → 5% → **20%** → 50% → 100%`."""
    here = to.percent(situation.route.destinations[situation.candidate]) if to else situation.percent
    steps = [
        f"**{format_percent(step.percent)}**" if step.percent == here else format_percent(step.percent)
        for step in situation.policy.steps
    ]
    return " → ".join(steps)
