"""The words of a release's two ends: titles, commit messages and bodies of introductions and finishes."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.core.weights import Split, format_percent
from promoter.proposal.kept import evidence_part
from promoter.proposal.messages import commit_message
from promoter.report.fit import fit, part
from promoter.report.numbers import code, for_markdown, inert, moment
from promoter.report.tables import checks_table

_ROWS = 8  # of a table that would not fit whole


def introduction_title(situation: Situation, image: str, to: Split) -> str:
    """`introduce yolo: v9-gray at 1% with registry.example.com/yolo:10`."""
    name, version = inert(situation.policy.name), inert(situation.candidate, 60)
    return f"introduce {name}: {version} at {_share(situation, to)} with {inert(image, 120)}"


def introduction_message(situation: Situation, image: str, to: Split, why: str, digest: str) -> str:
    """The commit message of an introduction: what it replaces, trailers last."""
    before = format_percent(situation.percent)
    body = f"A new candidate: the ladder starts again. Its place was at {before}.\n\nWhy: {inert(why, 300)}"
    return commit_message(introduction_title(situation, image, to), body, situation, to, digest, [image])


def introduction_body(situation: Situation, image: str, former: str, to: Split, evidence: str) -> str:
    """The body of an introduction's proposal."""
    version, name = for_markdown(situation.candidate), code(situation.policy.name)
    start = _share(situation, to)
    climb = (
        f"Once merged and applied, its health is judged at {start} from nothing, as for any new candidate."
        if start != "0%"
        else "Once merged, it stays at 0% until its targets are up; then the first step is proposed."
    )
    return fit(
        [
            part(
                f"Puts {code(image, 600)} behind **{version}** of {name}, in place of {code(former, 600)}, takes "
                f"`replicas`, where it is written, to 1, and its weight from {format_percent(situation.percent)} "
                f"to **{start}**."
            ),
            part(f"The ladder starts again: {_ladder(situation, to)}"),
            part(f"{climb} Holds of the former image no longer stand."),
            part("**To stop it**, close this unmerged."),
            evidence_part(evidence),
        ]
    )


def finish_title(situation: Situation, to: Split) -> str:
    """`finish yolo: v8-stable takes the image of v9-gray, v9-gray 100% → 0%`."""
    name, stable = inert(situation.policy.name), inert(situation.policy.stable, 60)
    version = inert(situation.candidate, 60)
    change = f"{format_percent(situation.percent)} → {_share(situation, to)}"
    return f"finish {name}: {stable} takes the image of {version}, {version} {change}"


def finish_message(situation: Situation, images: Sequence[str], to: Split, why: str, digest: str) -> str:
    """The commit message of a finish, trailers last."""
    body = f"The release is complete; this is no rollback.\n\nWhy: {inert(why, 300)}"
    return commit_message(finish_title(situation, to), body, situation, to, digest, images)


def finish_body(situation: Situation, health: Health, images: Sequence[str], to: Split, evidence: str) -> str:
    """The body of a finish's proposal."""
    stable, version = for_markdown(situation.policy.stable), for_markdown(situation.candidate)
    return fit(
        [
            part(
                f"**{stable}** of {code(situation.policy.name)} takes over what **{version}** runs: "
                f"{', '.join(code(image, 600) for image in images)}. The weight of **{version}** goes from "
                f"{format_percent(situation.percent)} to **{_share(situation, to)}**, in the same commit."
            ),
            part(checks_table(health), checks_table(health, _ROWS), spare=1),
            part(f"Judged {moment(situation.at)}."),
            part(
                "While stable's pods are replaced, those of the former image that are still up answer as well: apply "
                "the Deployment before the route where that matters (docs/how-to/release-a-model.md)."
            ),
            evidence_part(evidence),
        ]
    )


def _share(situation: Situation, to: Split) -> str:
    return format_percent(to.percent(situation.route.destinations[situation.candidate]))


def _ladder(situation: Situation, to: Split) -> str:
    """The steps, with the one it starts at."""
    start = _share(situation, to)
    steps = [format_percent(step.percent) for step in situation.policy.steps]
    return " → ".join(f"**{step}**" if step == start else step for step in steps)
