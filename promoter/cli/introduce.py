"""`promoter introduce NAME --image IMAGE`: another image as the candidate, at the first step."""

from __future__ import annotations

from typing import Any

import click

from promoter.cli.holds import ask
from promoter.cli.options import common
from promoter.cli.outcomes import echo_done


@click.command("introduce")
@common
@click.option("--image", required=True, help="The pushed image, with its tag or digest.")
@click.option("--candidate", metavar="VERSION", default=None, help="Which one, where the policy has several.")
@click.option("--container", metavar="NAME", default=None, help="Which one, where the workload has several.")
@click.option("--from-zero", is_flag=True, help="Stay at 0 %; the bot takes the first step when it is up.")
@click.option("--again", is_flag=True, help="Though it was held, or its proposal closed, before.")
@click.option("--now", "merge", is_flag=True, help="Merge it at once.")
@click.option("--reason", default="a new model image", show_default=True, help="Why, for the record.")
def command(
    *,
    image: str,
    candidate: str | None,
    container: str | None,
    from_zero: bool,
    again: bool,
    merge: bool,
    **given: Any,
) -> int:
    """Propose another image behind the candidate, with one replica, at the ladder's first step."""
    from promoter.ends import Introduction, introduce, the_candidate  # noqa: PLC0415
    from promoter.manifest.images import image_option  # noqa: PLC0415

    wanted = Introduction(
        image=image_option(image), container=container, from_zero=from_zero, again=again, merge=merge
    )
    asked = ask(**given)
    observed = the_candidate(asked.found, candidate)
    done = introduce(asked.world, observed, asked.request, wanted)
    return echo_done(observed.situation, done, output=given["output"], merge=merge)
