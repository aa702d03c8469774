"""Which permission a part of a GraphQL document takes: GitHub's refusal names only the part, unlike REST's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PARTS: Mapping[str, tuple[str, ...]] = {
    "issues": ("standing", "lifted", "own", "ownLifted"),
    "pull-requests": ("ended", "associatedPullRequests", "pullRequests", "node"),
    "statuses": ("status",),
    "contents": ("counted", "branches", "ref", "defaultBranchRef"),
}
_READS = {part: permission for permission, parts in _PARTS.items() for part in parts}
_WRITES = {
    "updateRefs": "contents: write",
    "markPullRequestReadyForReview": "pull-requests: write",
    "convertPullRequestToDraft": "pull-requests: write",
    "enqueuePullRequest": "contents: write, pull-requests: write",
    "dequeuePullRequest": "contents: write, pull-requests: write",
}


def needed(paths: Iterable[str]) -> str:
    """What it takes to be answered at these paths (`repository.standing`), as people read it; "" if unknown."""
    return ", ".join(dict.fromkeys(found for path in paths if (found := _needed(path))))


def _needed(path: str) -> str:
    parts = path.split(".")
    if parts[0] in _WRITES:
        return _WRITES[parts[0]]
    return next((f"{_READS[part]}: read" for part in reversed(parts) if part in _READS), "")
