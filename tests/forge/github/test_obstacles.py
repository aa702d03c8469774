from __future__ import annotations

from typing import Any

import pytest

from promoter.forge.github.obstacles import is_computing, obstacle, refusal
from promoter.forge.github.refusals import Answer
from tests.forge.github.values import MADE, OTHER, a_mergeable


@pytest.mark.parametrize("state", ["CLEAN", "HAS_HOOKS", "UNSTABLE"])
def test_nothing_stands_in_the_way(state: str) -> None:
    assert obstacle(a_mergeable(mergeStateStatus=state), MADE) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "MERGED"}, "merged already"),
        ({"state": "CLOSED"}, "closed"),
        ({"headRefOid": OTHER}, "branch was changed"),
        ({"isDraft": True}, "draft"),
        ({"isInMergeQueue": True}, "merge queue"),
        ({"reviewDecision": "CHANGES_REQUESTED"}, "asks for changes"),
        (
            {"latestOpinionatedReviews": {"nodes": [{"state": "CHANGES_REQUESTED", "author": None}]}},
            "asks for changes",
        ),
        ({"mergeable": "CONFLICTING"}, "conflicts"),
        ({"mergeStateStatus": "DIRTY"}, "conflicts"),
        ({"mergeStateStatus": "BEHIND"}, "behind base"),
        ({"mergeStateStatus": "DRAFT"}, "draft"),
        ({"mergeStateStatus": "UNKNOWN"}, "not computed"),
        ({"mergeStateStatus": "SOMETHING_NEW"}, "not passed yet"),
        ({"mergeStateStatus": "BLOCKED", "reviewDecision": "REVIEW_REQUIRED"}, "approving review"),
        (
            {"mergeStateStatus": "BLOCKED", "reviewThreads": {"nodes": [{"isResolved": False}]}},
            "conversation",
        ),
        ({"mergeStateStatus": "BLOCKED"}, "required check, review or rule"),
    ],
)
def test_what_stands_in_the_way_is_told(changes: dict[str, Any], words: str) -> None:
    reason = obstacle(a_mergeable(**changes), MADE)
    assert reason is not None
    assert words in reason


def test_a_queue_looks_at_the_rules_itself_but_not_at_the_reviewers() -> None:
    assert obstacle(a_mergeable(mergeStateStatus="BLOCKED"), MADE, queue=True) is None
    asked = a_mergeable(mergeStateStatus="BLOCKED", reviewDecision="CHANGES_REQUESTED")
    assert obstacle(asked, MADE, queue=True) is not None


def test_github_works_it_out_in_the_background() -> None:
    assert is_computing(a_mergeable(mergeable="UNKNOWN"))
    assert is_computing(a_mergeable(mergeStateStatus="UNKNOWN"))
    assert not is_computing(a_mergeable())
    assert not is_computing(a_mergeable(state="CLOSED", mergeable="UNKNOWN"))


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (405, "Base branch was modified. Review and try the merge again.", "base moved"),
        (409, "Head branch was modified. Review and try the merge again.", "branch was changed"),
        (405, "Pull Request is not mergeable", "cannot merge"),
        (405, "Pull Request is still a draft", "draft"),
        (405, "Changes must be made through the merge queue", "merge queue"),
        (405, "At least 1 approving review is required by reviewers with write access.", "approving review"),
        (
            405,
            "At least 2 approving reviews are required by reviewers with write access.",
            "approving review",
        ),
        (405, "Waiting on code owner review from acme/sre.", "code owner"),
        (405, "Changes have been requested by a reviewer with write access.", "asks for changes"),
        (405, "A conversation must be resolved before this pull request can be merged.", "conversation"),
        (405, 'Required status check "ci" is failing.', "required check"),
        (405, "3 of 3 required status checks are expected.", "required check"),
        (405, "Required workflow 'guard' is not passing.", "required workflow"),
        (405, "This branch must not be out-of-date with the base branch before merging.", "behind base"),
        (405, "Commits must have verified signatures.", "signed"),
        (405, "This branch must not contain merge commits. A linear history is required", "linear history"),
        (405, "Merge commits are not allowed on this repository.", "does not allow merge commits"),
        (405, "Squash merges are not allowed on this repository.", "does not allow squash"),
        (405, "Rebase merges are not allowed on this repository.", "does not allow rebase"),
        (405, "Merge conflict", "conflicts"),
        (405, "Cannot change this locked branch: it is locked", "locked"),
        (405, "You're not authorized to push to this branch.", "base's rules"),
        (405, "Repository rule violations found\n\nsomething new\n\n", "rule of base"),
        (422, "Pull Request has already been merged", "merged already"),
        (422, "Something that nobody has seen", "422 Something that nobody has seen"),
    ],
)
def test_every_refused_merge_is_told_in_words(status: int, said: str, words: str) -> None:
    found = refusal(Answer(status=status, message=said))
    assert found is not None
    assert words in found


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_of_the_bot_itself_is_no_not_yet(status: int) -> None:
    assert refusal(Answer(status=status, message="Resource not accessible by integration")) is None
