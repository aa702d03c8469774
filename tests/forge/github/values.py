"""GitHub's answers for tests of what they mean."""

from __future__ import annotations

from typing import Any

from promoter.forge.github.answers import Head, Issue, Mergeable, PullRequest, Viewer, Who
from promoter.forge.github.identity import Identity

BOT, GRACE = "promoter-bot", "grace"
MADE, BASE, OTHER = "a" * 40, "b" * 40, "c" * 40
US = Identity(viewer=Viewer(login=f"{BOT}[bot]", database_id=7), bot="")


def who(login: str = GRACE, *, bot: bool = False, number: int | None = None) -> dict[str, Any]:
    kind = "Bot" if bot else "User"
    return {"__typename": kind, "login": login, "databaseId": 7 if login == BOT else number or 1}


def us() -> dict[str, Any]:
    return who(BOT, bot=True)


def a_who(login: str = GRACE, *, bot: bool = False) -> Who:
    return Who.model_validate(who(login, bot=bot))


def closings(actor: dict[str, Any] | None, at: str | None, closer: str | None = None) -> dict[str, Any]:
    by = {"__typename": closer} if closer else None
    return {"nodes": [{"createdAt": at, "actor": actor, "closer": by}] if at else []}


def a_head(oid: str = MADE, *, status: dict[str, Any] | None = None) -> Head:
    return Head.model_validate(
        {"oid": oid, "tree": {"oid": OTHER}, "parents": {"nodes": [{"oid": BASE}]}, "status": status}
    )


def a_pull(**changes: Any) -> PullRequest:
    closed_by, closed_at = changes.pop("closed_by", None), changes.pop("closed_at", None)
    known = {
        "id": "PR_1", "number": 1, "url": "https://github.example/pull/1", "state": "OPEN", "isDraft": False,
        "title": "promote", "body": "", "headRefName": "promoter/yolo/v9-5-to-20-abcdef012",
        "headRefOid": MADE, "baseRefName": "main", "isCrossRepository": False, "closedAt": closed_at,
        "author": us(), "mergeCommit": None, "closings": closings(closed_by, closed_at),
    }  # fmt: skip
    return PullRequest.model_validate({**known, **changes})


def an_issue(body: str, **changes: Any) -> Issue:
    closed_by, closed_at = changes.pop("closed_by", None), changes.pop("closed_at", None)
    closer = changes.pop("closer", None)
    known = {
        "id": "I_1", "number": 1, "url": "https://github.example/issues/1", "body": body,
        "state": "CLOSED" if closed_at else "OPEN", "createdAt": "2026-01-07T08:10:00Z",
        "closedAt": closed_at, "author": us(), "closings": closings(closed_by, closed_at, closer),
    }  # fmt: skip
    return Issue.model_validate({**known, **changes})


def a_mergeable(**changes: Any) -> Mergeable:
    known = {
        "state": "OPEN", "isDraft": False, "headRefOid": MADE, "mergeable": "MERGEABLE",
        "mergeStateStatus": "CLEAN", "reviewDecision": None, "isInMergeQueue": False,
        "latestOpinionatedReviews": {"nodes": []}, "reviewThreads": {"nodes": []},
    }  # fmt: skip
    return Mergeable.model_validate({**known, **changes})
