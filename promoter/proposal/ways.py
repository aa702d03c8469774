"""What a human can do about a proposal or a hold: a table of buttons and commands."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.branches import rollback_branch
from promoter.core.holds import Hold, HoldKind
from promoter.core.situation import Situation
from promoter.core.weights import Split, format_percent
from promoter.proposal.pages import Pages
from promoter.report.numbers import code, linked

Way = tuple[str, str, str]  # what for, the button, the command
_NOW = "*Run workflow*: `rollback`, *now*"


def promotion(situation: Situation, *, merges: bool, pages: Pages | None) -> str:
    """Take the step, veto it, stop, and what is there after it was merged."""
    buttons = pages is not None
    now = format_percent(situation.percent)
    take = "nothing: promoter merges it" if merges else _merge(buttons=buttons)
    return _table(
        [
            ("take this step", take, ""),
            ("veto it", _close(buttons=buttons), ""),
            _pause(situation),
            (f"after merging, go back to {now}", "*Revert*", _command(situation, "rollback", "--step --now")),
            ("after merging, go back to 0%", _NOW, _command(situation, "rollback", "--now")),
        ],
        buttons=buttons,
    )


def rollback(situation: Situation, to: Split, *, draft: bool, pages: Pages | None) -> str:
    """Roll back, only a step, or go on instead."""
    now, end = (
        format_percent(percent)
        for percent in (
            situation.percent,
            to.percent(situation.route.destinations[situation.candidate]),
        )
    )
    buttons = pages is not None
    issue = linked("hold issue", pages.holds(situation.policy.name) if pages else "")
    merge = f"{'*Ready for review*, then ' if draft and buttons else ''}{_merge(buttons=buttons)}"
    ways = [(f"go back to {end}", merge, "")]
    if end == "0%":
        ways.append(("go back one step only", "", _command(situation, "rollback", "--step --now")))
    stay = ("stay at " + now, _close(buttons=buttons), "")
    on = (f"go on from {now}, where a hold stands", f"close the {issue}", _resume(situation))
    return _table([*ways, stay, on], buttons=buttons)


def hold(situation: Situation, held: Hold, *, pages: Pages | None) -> str:
    """Go on, or go back."""
    ways = [("go on: the evidence starts anew", "close this issue", _resume(situation))]
    if situation.percent:
        frozen = held.kind is HoldKind.FREEZE and not held.rollback
        draft = linked("draft pull request", pages.proposal(rollback_branch(situation)) if pages else "")
        back = f"*Ready for review* on the {draft}, then merge it" if frozen else _NOW
        ways.append(("go back to 0%", back, _command(situation, "rollback", "--now")))
        ways.append(("go back one step", "", _command(situation, "rollback", "--step --now")))
    return _table(ways, buttons=pages is not None)


def _table(ways: Sequence[Way], *, buttons: bool) -> str:
    """With a column of buttons only where there are some to press."""
    if buttons:
        rows = [f"| **{what}** | {button} | {command} |" for what, button, command in ways]
        return "\n".join(["| to … | press | or run |", "|---|---|---|", *rows])
    rows = [f"| **{what}** | {command or button} |" for what, button, command in ways]
    return "\n".join(["| to … | do |", "|---|---|", *rows])


def _pause(situation: Situation) -> Way:
    return (
        "stop promotions for now",
        "*Run workflow*: `pause`",
        _command(situation, "pause", "--reason …"),
    )


def _merge(*, buttons: bool) -> str:
    return "merge this pull request" if buttons else "merge this"


def _close(*, buttons: bool) -> str:
    return "close this pull request" if buttons else "close this unmerged"


def _resume(situation: Situation) -> str:
    return _command(situation, "resume", "--reason …")


def _command(situation: Situation, verb: str, how: str) -> str:
    return code(f"promoter {verb} {situation.policy.name} {how}")
