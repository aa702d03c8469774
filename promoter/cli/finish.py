"""`promoter finish NAME`: a release that is done becomes the stable one, its weight returns to 0."""

from __future__ import annotations

from typing import Any

import click

from promoter.cli.holds import ask
from promoter.cli.options import common
from promoter.cli.outcomes import echo_done


@click.command("finish")
@common
@click.option("--candidate", metavar="VERSION", default=None, help="Which one, where the policy has several.")
@click.option("--unproven", is_flag=True, help="On your word, where not every check was proven in bake.max.")
@click.option("--again", is_flag=True, help="Though its proposal was closed before.")
@click.option("--now", "merge", is_flag=True, help="Merge it at once.")
@click.option("--reason", default="the release is done", show_default=True, help="Why, for the record.")
def command(*, candidate: str | None, unproven: bool, again: bool, merge: bool, **given: Any) -> int:
    """Propose the candidate's image as the stable one and its weight back to 0, in one commit."""
    from promoter.ends import finish, the_candidate  # noqa: PLC0415
    from promoter.tick import conclude_one  # noqa: PLC0415

    asked = ask(metrics=True, **given)
    observed = the_candidate(asked.found, candidate)
    done = finish(
        asked.world,
        observed,
        lambda: conclude_one(asked.world, observed),
        asked.request,
        unproven=unproven,
        again=again,
        merge=merge,
    )
    return echo_done(observed.situation, done, output=given["output"], merge=merge)
