"""Why GitHub does not merge: what a pull request's state says, and what each refusal means."""

from __future__ import annotations

from promoter.forge.github.answers import Mergeable
from promoter.forge.github.refusals import Answer
from promoter.report.numbers import one_line

METHODS = ("merge", "squash", "rebase")

# What a refused merge says, and what it means; the first that is in the text. All are final answers: nothing
# was changed. Sources: GitHub's REST documentation, and reports of other bots (safety.md ).
_REFUSALS = (
    ("base branch was modified", "base moved meanwhile"),
    ("head branch was modified", "its branch was changed meanwhile"),
    ("out-of-date", "it is behind base, and a rule asks for it to be up to date"),
    ("head branch is out of date", "it is behind base, and a rule asks for it to be up to date"),
    ("not up to date with the base", "it is behind base, and a rule asks for it to be up to date"),
    ("head sha can't be blank", "its branch is gone"),
    ("merge queue", "base has a merge queue, and merges must go through it"),
    ("still a draft", "it is a draft"),
    ("draft pull request", "it is a draft"),
    ("requested changes", "a reviewer asks for changes"),
    ("changes have been requested", "a reviewer asks for changes"),
    ("changes requested", "a reviewer asks for changes"),
    ("code owner", "a code owner's approval is missing"),
    ("approving review", "an approving review is missing"),
    ("review is required", "an approving review is missing"),
    ("reviews are required", "an approving review is missing"),
    ("conversations must be resolved", "a conversation has to be resolved first"),
    ("conversation resolution", "a conversation has to be resolved first"),
    ("required status check", "a required check has not passed"),
    ("status checks", "a required check has not passed"),
    ("required workflow", "a required workflow has not passed"),
    ("deployments", "a required deployment has not succeeded"),
    ("verified signatures", "base asks for signed commits, and this one is not signed (use an App's token)"),
    ("commits must have", "a rule on commits refuses it"),
    ("linear history", "base wants a linear history: allow squash merging in the settings"),
    (
        "merge commits are not allowed",
        "the repository does not allow merge commits, nor its rules another way",
    ),
    ("squash merges are not allowed", "the repository does not allow squash merging"),
    ("rebase merges are not allowed", "the repository does not allow rebase merging"),
    ("merge method", "the repository does not allow this way to merge"),
    ("merge conflict", "it conflicts with base"),
    ("conflict", "it conflicts with base"),
    ("is locked", "base is locked"),
    ("read-only", "base is locked"),
    ("already been merged", "it is merged already"),
    ("already merged", "it is merged already"),
    ("is closed", "it is closed"),
    ("not authorized to push", "the bot may not merge into base: allow it in base's rules"),
    ("you're not authorized", "the bot may not merge into base: allow it in base's rules"),
    ("protected branch", "a rule of base does not allow it yet"),
    ("rule violations", "a rule of base does not allow it yet"),
    ("is not mergeable", "GitHub cannot merge it: it conflicts with base, or a rule does not allow it yet"),
)
_READY = {"CLEAN", "HAS_HOOKS", "UNSTABLE"}
_STATES = {
    "BEHIND": "it is behind base, and a rule asks for it to be up to date",
    "DIRTY": "it conflicts with base",
    "DRAFT": "it is a draft",
    "UNKNOWN": "GitHub has not computed yet whether it can be merged",
}


def refusal(answer: Answer) -> str | None:
    """What a refused merge means in words; None where it is no refusal of the merge but of the bot."""
    if answer.status not in (405, 409, 422):
        return None
    for text, words in _REFUSALS:
        if text in answer.text:
            return words
    said = one_line("; ".join([answer.message, *answer.errors]), 200)
    return f"GitHub does not merge it: {answer.status} {said}"


def is_computing(now: Mergeable) -> bool:
    """GitHub works out in the background whether there is a conflict."""
    return now.state == "OPEN" and "UNKNOWN" in (now.mergeable, now.merge_state_status)


def obstacle(now: Mergeable, head: str, *, queue: bool = False) -> str | None:
    """What stands between a pull request and base; None for nothing. A `queue` looks at rules itself.

    A merge is never tried against a rule: where the token could bypass it, GitHub would let it through.
    """
    rows = (
        (now.state == "MERGED", "it is merged already"),
        (now.state == "CLOSED", "it was closed meanwhile"),
        (now.head_ref_oid != head, "its branch was changed meanwhile"),
        (now.is_draft, "it is a draft: a human asks it to wait"),
        (now.is_in_merge_queue, "it is in the merge queue, which merges it once its checks pass"),
        (_changes_requested(now), "a reviewer asks for changes"),
        (now.mergeable == "CONFLICTING", _STATES["DIRTY"]),
    )
    for stands, words in rows:
        if stands:
            return words
    if now.merge_state_status in _READY or (queue and now.merge_state_status == "BLOCKED"):
        return None
    return _STATES.get(now.merge_state_status) or _blocked(now)


def _changes_requested(now: Mergeable) -> bool:
    reviews = now.latest_opinionated_reviews
    if now.review_decision == "CHANGES_REQUESTED":
        return True
    return reviews is not None and any(review.state == "CHANGES_REQUESTED" for review in reviews.found)


def _blocked(now: Mergeable) -> str:
    """Rules block it: which, as far as GitHub tells."""
    if now.review_decision == "REVIEW_REQUIRED":
        return "an approving review is missing"
    if any(not thread.is_resolved for thread in now.review_threads.found):
        return "a conversation has to be resolved first"
    return "a required check, review or rule of base has not passed yet"
