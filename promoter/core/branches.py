"""The deterministic names of proposals: what a tick opens, the next one finds again."""

from __future__ import annotations

from hashlib import sha256

from promoter.core.situation import Situation
from promoter.core.weights import Split


def promotion_branch(situation: Situation, to: Split) -> str:
    """`promoter/<rollout>/<candidate>-<from>-to-<to>-<short sha of the step's first commit>`."""
    gray = situation.route.destinations[situation.candidate]
    start, end = situation.route.split[gray], to[gray]
    return (
        f"promoter/{situation.policy.name}/{_ref_safe(situation.candidate)}-{start}-to-{end}"
        f"-{situation.timeline.began.short}"
    )


def rollback_branch(situation: Situation, *, step: bool = False) -> str:
    """`promoter/<rollout>/rollback-<short sha of the step's first commit>`, or `rollback-step-…`.

    Of several candidates each has its own: their steps may have begun with the same commit.
    """
    kind = "rollback-step" if step else "rollback"
    if len(situation.policy.candidates) > 1:
        kind += f"-{_ref_safe(situation.candidate)}"
    return f"promoter/{situation.policy.name}/{kind}-{situation.timeline.began.short}"


def introduction_branch(situation: Situation, image: str) -> str:
    """`promoter/<rollout>/introduce-<candidate>-<12 hex of the image>-<short sha>`.

    The sha is of the commit that brought the candidate that is replaced: asked for again, it is the same.
    """
    digest = sha256(image.encode("utf-8", "replace")).hexdigest()[:12]
    return (
        f"promoter/{situation.policy.name}/introduce-{_ref_safe(situation.candidate)}-{digest}"
        f"-{situation.timeline.came.short}"
    )


def finish_branch(situation: Situation) -> str:
    """`promoter/<rollout>/finish-<candidate>-<short sha of the last step's first commit>`."""
    return (
        f"promoter/{situation.policy.name}/finish-{_ref_safe(situation.candidate)}"
        f"-{situation.timeline.began.short}"
    )


def _ref_safe(version: str) -> str:
    """A version as part of a ref name: hosts bring `/` and `:` with them."""
    safe = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "-" for char in version)
    return safe.replace("..", "-").strip(".-")
