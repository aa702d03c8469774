"""Commit messages, titles and trailers of the bot's commits."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.situation import Situation
from promoter.core.timeline import Event, EventKind
from promoter.core.weights import Split, format_percent
from promoter.report.numbers import inert

ROLLOUT = "Rollout"
CANDIDATE = "Rollout-Candidate"
WEIGHT = "Rollout-Weight"
EVIDENCE = "Rollout-Evidence"
IMAGE = "Rollout-Image"
LINE = 300
NAME = 100  # of a title: GitHub takes 256 characters


def promotion_title(situation: Situation, to: Split) -> str:
    """`promote yolo-detection: v9-gray 5% → 20%`."""
    return f"promote {inert(situation.policy.name, NAME)}: {_change(situation, to)}"


def rollback_title(situation: Situation, to: Split) -> str:
    """`roll back yolo-detection: v9-gray 20% → 0%`."""
    return f"roll back {inert(situation.policy.name, NAME)}: {_change(situation, to)}"


def promotion_message(situation: Situation, to: Split, reasons: Sequence[str], digest: str) -> str:
    """The commit message of a promotion, trailers last."""
    body = "\n".join(f"- {inert(reason, LINE)}" for reason in reasons)
    return commit_message(promotion_title(situation, to), body, situation, to, digest)


def rollback_message(situation: Situation, to: Split, why: str, digest: str) -> str:
    """The commit message of a rollback: why, and which promotions it takes back."""
    body = "\n".join([f"Why: {inert(why, LINE)}", "", *_reverted(situation, to)]).rstrip()
    return commit_message(rollback_title(situation, to), body, situation, to, digest)


def commit_message(
    title: str, body: str, situation: Situation, to: Split, digest: str, images: Sequence[str] = ()
) -> str:
    """A title, what it is about, and the trailers that every commit of the bot has."""
    gray = situation.route.destinations[situation.candidate]
    # Only the last paragraph holds trailers, and nothing above starts a line with what others wrote.
    trailers = [
        f"{ROLLOUT}: {inert(situation.policy.name)}",
        f"{CANDIDATE}: {inert(situation.candidate)}",
        f"{WEIGHT}: {situation.route.split[gray]} -> {to[gray]}",
        *(f"{IMAGE}: {inert(image, LINE)}" for image in images),
        f"{EVIDENCE}: {digest}",
    ]
    return f"{title}\n\n{body}\n\n" + "\n".join(trailers) + "\n"


def _change(situation: Situation, to: Split) -> str:
    gray = situation.route.destinations[situation.candidate]
    start, end = format_percent(situation.percent), format_percent(to.percent(gray))
    return f"{inert(situation.candidate, 60)} {start} → {end}"


def _reverted(situation: Situation, to: Split) -> list[str]:
    """One line for every raise since the candidate was last at or below the weight it goes back to."""
    floor = to.percent(situation.route.destinations[situation.candidate])
    raised: list[Event] = []
    for event in situation.timeline.events:
        if event.after <= floor:
            raised = []
        elif event.kind is EventKind.RAISED:
            raised.append(event)
    return [
        f"This reverts commit {event.commit.sha} ({inert(event.commit.subject, 80)})."
        for event in reversed(raised)
    ]
