"""What the commands at a release's two ends print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from promoter.core.outcome import Did
from promoter.errors import ExitCode
from promoter.report.json_text import json_text
from promoter.report.numbers import one_line
from promoter.report.plan_text import outcome_line

if TYPE_CHECKING:
    from promoter.core.situation import Situation
    from promoter.ends import Done


def echo_done(situation: Situation, done: Done, *, output: str, merge: bool) -> int:
    """What was done, or why nothing was to do. 1 where a merge was asked for and did not happen."""
    name = situation.policy.name
    if output == "json":
        document = {
            "version": 1,
            "rollout": name,
            "candidate": situation.candidate,
            "note": done.note or None,
            "outcome": [
                {"did": one.did.value, "subject": one.subject, "detail": one.detail} for one in done.outcomes
            ],
        }
        click.echo(json_text(document), nl=False)
    else:
        if done.note:
            click.echo(f"{name}: nothing to do: {one_line(done.note, 400)}")
        for outcome in done.outcomes:
            click.echo(f"{name}: {outcome_line(outcome)}")
    merged = any(outcome.did is Did.MERGED for outcome in done.outcomes)
    missed = merge and bool(done.outcomes) and not merged
    stuck = any(outcome.did is Did.HANDS_OFF for outcome in done.outcomes)
    return ExitCode.ERROR if missed or stuck else ExitCode.OK
