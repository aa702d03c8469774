"""The markdown body of a proposal and of a hold: what, why, the evidence, and how to stop it."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.decision import Decision
from promoter.core.holds import Hold, HoldKind
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.core.weights import Split, format_percent
from promoter.report.numbers import for_markdown, moment
from promoter.report.reasons import reason_line
from promoter.report.sentences import applied_line, verdict_line


def promotion_body(situation: Situation, health: Health, to: Split, digest: str) -> str:
    """The body of a promotion's proposal."""
    name, candidate = situation.policy.name, situation.candidate
    end = format_percent(to.percent(situation.route.destinations[candidate]))
    return _join(
        f"Raises **{for_markdown(candidate)}** from {format_percent(situation.percent)} to **{end}** of the "
        f"traffic of `{name}`: every check passed at {format_percent(situation.percent)}.",
        checks_table(health),
        f"Ladder: {ladder(situation, to)}",
        f"{applied_line(health.applied, situation.percent)}. Judged at {moment(situation.at)}. "
        f"Evidence `{digest[:12]}`.",
        "**To stop it**: close this proposal unmerged (a veto of this step), "
        f"or `promoter pause {name} --reason …`. **To go back** after merging: revert the commit, "
        f"or `promoter rollback {name} --now`.",
    )


def rollback_body(situation: Situation, health: Health, to: Split, why: str, digest: str) -> str:
    """The body of a rollback's proposal, prepared or asked for."""
    name, candidate = situation.policy.name, situation.candidate
    end = format_percent(to.percent(situation.route.destinations[candidate]))
    return _join(
        f"Takes **{for_markdown(candidate)}** of `{name}` from {format_percent(situation.percent)} back to "
        f"**{end}**: {for_markdown(why)}.",
        checks_table(health),
        f"Evidence `{digest[:12]}`, judged at {moment(situation.at)}.",
        f"Merge it to roll back. One step back instead: `promoter rollback {name} --step`. "
        f"To go on: `promoter resume {name} --reason …`.",
    )


def hold_body(situation: Situation, health: Health, decision: Decision, hold: Hold) -> str:
    """The record of a hold, for the human who decides."""
    name = situation.policy.name
    title = {
        HoldKind.FREEZE: f"`{name}` is frozen at {format_percent(situation.percent)}",
        HoldKind.PAUSE: f"`{name}` is paused at {format_percent(situation.percent)}",
        HoldKind.ROLLBACK: f"`{name}` was rolled back to {format_percent(situation.percent)}",
        HoldKind.VETO: f"The next step of `{name}` was vetoed at {format_percent(situation.percent)}",
    }[hold.kind]
    return _join(
        f"{title} ({for_markdown(hold.by)}, {moment(hold.since)}): {for_markdown(hold.reason)}.",
        "\n".join(f"- {for_markdown(reason_line(reason), 400)}" for reason in decision.reasons),
        checks_table(health),
        f"Nothing is promoted until a human decides. Go on: `promoter resume {name} --reason …`. "
        f"Go back to 0%: `promoter rollback {name} --now`, or one step: "
        f"`promoter rollback {name} --step --now`.",
    )


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


def _join(*paragraphs: str) -> str:
    return "\n\n".join(part for part in _present(paragraphs)) + "\n"


def _present(paragraphs: Sequence[str]) -> list[str]:
    return [paragraph for paragraph in paragraphs if paragraph]
