"""The markdown body of a proposal and of a hold: what, why, the evidence, and how to stop it."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.branches import rollback_branch
from promoter.core.holds import Hold, HoldKind
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.core.weights import Split, format_percent
from promoter.report.numbers import code, for_markdown, moment
from promoter.report.sentences import applied_line
from promoter.report.tables import checks_table, ladder


def promotion_body(situation: Situation, health: Health, to: Split, digest: str) -> str:
    """The body of a promotion's proposal."""
    name = code(situation.policy.name)
    now = format_percent(situation.percent)
    return _join(
        f"Raises **{for_markdown(situation.candidate)}** from {now} to **{_end(situation, to)}** of the traffic of "
        f"{name}: every check passed at {now}.",
        checks_table(health),
        f"Ladder: {ladder(situation, to)}",
        _judged(situation, health, digest),
        f"**To stop it**, close this unmerged (that vetoes the step), or run {_command(situation, 'pause')}. "
        f"**To go back** after merging, revert the commit, or run {_command(situation, 'rollback', '--now')}.",
    )


def rollback_body(situation: Situation, health: Health, to: Split, why: str, digest: str) -> str:
    """The body of a rollback's proposal, prepared or asked for."""
    now, end = format_percent(situation.percent), _end(situation, to)
    all_the_way = not to[situation.route.destinations[situation.candidate]]
    step = f" One step back instead: {_command(situation, 'rollback', '--step')}." if all_the_way else ""
    return _join(
        f"Takes **{for_markdown(situation.candidate)}** of {code(situation.policy.name)} from {now} back to "
        f"**{end}**.",
        f"Why: {for_markdown(why, 400)}.",
        checks_table(health) if health.verdicts else "",
        _judged(situation, health, digest) if health.verdicts else f"Evidence `{digest[:12]}`.",
        f"Merge it to roll back.{step} To go on from {now} instead, close it; where a hold stands, "
        f"{_command(situation, 'resume')} lifts it.",
    )


def hold_body(situation: Situation, health: Health, hold: Hold) -> str:
    """The record of a hold, for the human who decides."""
    name, now = code(situation.policy.name), format_percent(situation.percent)
    title = {
        HoldKind.FREEZE: f"{name} is frozen at {now}",
        HoldKind.PAUSE: f"{name} is paused at {now}",
        HoldKind.ROLLBACK: f"{name} was rolled back to {now}",
        HoldKind.VETO: f"The next step of {name} was vetoed at {now}",
    }[hold.kind]
    return _join(
        f"**{title}** by {for_markdown(hold.by, 60)}, {moment(hold.since)}: {for_markdown(hold.reason, 400)}.",
        checks_table(health) if health.verdicts else "",
        _way_back(situation, hold),
        f"Nothing is promoted until a human decides. **To go on**, run {_command(situation, 'resume')}; the "
        f"evidence then starts anew.{_go_back(situation)}",
        f"Evidence `{hold.evidence[:12]}`." if hold.evidence else "",
    )


def _way_back(situation: Situation, hold: Hold) -> str:
    """Where the prepared revert is found."""
    if hold.kind is not HoldKind.FREEZE or situation.percent == 0:
        return ""
    branch = code(rollback_branch(situation))
    if hold.rollback:
        return f"The policy asks for the way back (`on_fail: rollback`): promoter merges {branch}."
    return f"The way back to 0% is prepared in {branch}: merging it rolls back."


def _go_back(situation: Situation) -> str:
    if situation.percent == 0:
        return ""
    now, step = (_command(situation, "rollback", how) for how in ("--now", "--step --now"))
    return f" **To go back** to 0%, run {now}; one step only: {step}."


def _judged(situation: Situation, health: Health, digest: str) -> str:
    split = for_markdown(applied_line(health.applied, situation.percent), 400)
    return f"{split[:1].upper()}{split[1:]}. Judged {moment(situation.at)}, evidence `{digest[:12]}`."


def _command(situation: Situation, verb: str, how: str = "--reason …") -> str:
    return code(f"promoter {verb} {situation.policy.name} {how}")


def _end(situation: Situation, to: Split) -> str:
    return format_percent(to.percent(situation.route.destinations[situation.candidate]))


def _join(*paragraphs: str) -> str:
    return "\n\n".join(part for part in _present(paragraphs)) + "\n"


def _present(paragraphs: Sequence[str]) -> list[str]:
    return [paragraph for paragraph in paragraphs if paragraph]
