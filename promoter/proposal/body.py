"""The markdown body of a proposal and of a hold: what, why, the evidence, and how to stop it.

One sentence first, then the table of checks, the place on the ladder, a chart, what a human can do, and the
evidence itself. Everything from outside is neutralised, and the text fits what GitHub takes.
"""

from __future__ import annotations

from promoter.core.branches import rollback_branch
from promoter.core.holds import Hold, HoldKind
from promoter.core.ladder import step_at
from promoter.core.policy import Merge
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.core.weights import Split, format_percent
from promoter.proposal import ways
from promoter.proposal.kept import evidence_part
from promoter.proposal.pages import Pages
from promoter.report.fit import Part, fit, part
from promoter.report.numbers import code, duration, for_markdown, linked, moment
from promoter.report.pictures import pictures
from promoter.report.sentences import applied_line
from promoter.report.tables import checks_table, ladder

_ROWS = 8  # of a table that would not fit whole


def promotion_body(
    situation: Situation, health: Health, to: Split, *, evidence: str, pages: Pages | None = None
) -> str:
    """The body of a promotion's proposal. `pages`: it is shown on a site, where people can press something."""
    now, end = format_percent(situation.percent), _end(situation, to)
    return fit(
        [
            part(
                f"Raises **{for_markdown(situation.candidate)}** from {now} to **{end}** of the traffic of "
                f"{_name(situation)}: every check passed at {now}."
            ),
            _checks(health),
            part(f"Ladder: {ladder(situation, to)}"),
            part(_judged(situation, health)),
            *_charts(situation, health),
            part(ways.promotion(situation, merges=_merges(situation, to), pages=pages)),
            evidence_part(evidence),
        ]
    )


def rollback_body(
    situation: Situation,
    health: Health,
    to: Split,
    why: str,
    *,
    evidence: str,
    draft: bool = False,
    pages: Pages | None = None,
) -> str:
    """The body of a rollback's proposal, prepared or asked for."""
    now, end = format_percent(situation.percent), _end(situation, to)
    return fit(
        [
            part(
                f"Takes **{for_markdown(situation.candidate)}** of {_name(situation)} from {now} back to "
                f"**{end}**. Why: {for_markdown(why, 400)}."
            ),
            *_proof(situation, health),
            part(ways.rollback(situation, to, draft=draft, pages=pages)),
            evidence_part(evidence),
        ]
    )


def hold_body(
    situation: Situation, health: Health, hold: Hold, *, evidence: str = "", pages: Pages | None = None
) -> str:
    """The record of a hold, for the human who decides."""
    name, now = _name(situation), format_percent(situation.percent)
    title = {
        HoldKind.FREEZE: f"{name} is frozen at {now}",
        HoldKind.PAUSE: f"{name} is paused at {now}",
        HoldKind.ROLLBACK: f"{name} was rolled back to {now}",
        HoldKind.VETO: f"The next step of {name} was vetoed at {now}",
    }[hold.kind]
    return fit(
        [
            part(
                f"**{title}** by {for_markdown(hold.by, 60)}, {moment(hold.since)}: {for_markdown(hold.reason, 400)}."
            ),
            part("Nothing is promoted until a human decides."),
            *_proof(situation, health),
            part(_way_back(situation, hold, pages)),
            part(ways.hold(situation, hold, pages=pages)),
            evidence_part(evidence),
        ]
    )


def _name(situation: Situation) -> str:
    return code(situation.policy.name)


def _proof(situation: Situation, health: Health) -> list[Part]:
    """What the judge found; nothing where it was not asked."""
    if not health.verdicts:
        return []
    return [
        _checks(health),
        part(f"Ladder: {ladder(situation, None)}"),
        part(_judged(situation, health)),
        *_charts(situation, health),
    ]


def _checks(health: Health) -> Part:
    return part(checks_table(health), checks_table(health, _ROWS), checks_table(health, 1), spare=1)


def _charts(situation: Situation, health: Health) -> tuple[Part, Part]:
    """The pictures that matter, and the windows' numbers behind them."""
    shown = pictures(situation, health)
    return part(shown.charts, "", spare=4), part(shown.readings, "", spare=3)


def _judged(situation: Situation, health: Health) -> str:
    """Since when, how long proven, how much traffic."""
    baked, least = duration(health.baked(situation.at)), duration(situation.bake)
    proven = f"; {baked} of evidence ({least} needed)" if situation.percent else ""
    split = for_markdown(applied_line(health.applied, situation.percent), 400)
    return (
        f"At {format_percent(situation.percent)} since {moment(situation.since)}{proven}; {split}. "
        f"Judged {moment(situation.at)}."
    )


def _way_back(situation: Situation, hold: Hold, pages: Pages | None) -> str:
    """Where the prepared revert is found."""
    if hold.kind is not HoldKind.FREEZE or situation.percent == 0:
        return ""
    name = rollback_branch(situation)
    branch = linked(code(name), pages.proposal(name) if pages else "")
    if hold.rollback:
        return f"The policy asks for the way back (`on_fail: rollback`): promoter merges {branch}."
    return f"The way back to 0% is prepared in {branch}: merging it rolls back."


def _merges(situation: Situation, to: Split) -> bool:
    """Whether promoter merges this step itself."""
    step = step_at(situation.policy, to.percent(situation.route.destinations[situation.candidate]))
    merge = situation.policy.merge_at(step) if step else situation.policy.merge
    return merge is Merge.AUTO


def _end(situation: Situation, to: Split) -> str:
    return format_percent(to.percent(situation.route.destinations[situation.candidate]))
