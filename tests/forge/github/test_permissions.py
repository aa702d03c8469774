from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from promoter.forge.github.documents import (
    BRANCH,
    DEQUEUE,
    DRAFT,
    ENQUEUE,
    MERGEABLE,
    READY,
    START,
    UPDATE_REFS,
    fleet,
)
from promoter.forge.github.permissions import needed
from promoter.forge.github.refusals import Answer, refused
from tests.fakes.github.graphql import NEEDS, READS

REPO = "acme/factory"
DOCUMENTS = (START, fleet(1, late=True), BRANCH, MERGEABLE, UPDATE_REFS, READY, DRAFT, ENQUEUE, DEQUEUE)
GUARDED = {name.partition(".")[2] for name in READS} | {"node"} | NEEDS.keys()


def guarded(text: str) -> Iterator[str]:
    """The paths of a document's answer that take a permission."""
    definitions = parse(text).definitions
    fragments = {d.name.value: d.selection_set for d in definitions if isinstance(d, FragmentDefinitionNode)}
    (operation,) = (d for d in definitions if isinstance(d, OperationDefinitionNode))

    def below(selected: SelectionSetNode, path: str) -> Iterator[str]:
        for one in selected.selections:
            if isinstance(one, FragmentSpreadNode):
                yield from below(fragments[one.name.value], path)
            elif isinstance(one, InlineFragmentNode):
                yield from below(one.selection_set, path)
            elif isinstance(one, FieldNode):
                here = f"{path}.{(one.alias or one.name).value}".removeprefix(".")
                if one.name.value in GUARDED:
                    yield here
                if one.selection_set:
                    yield from below(one.selection_set, here)

    return below(operation.selection_set, "")


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (("repository.standing", "repository.ownLifted"), "issues: read"),
        (("repository.branches.nodes.associatedPullRequests.nodes.closings",), "pull-requests: read"),
        (("named0.associatedPullRequests", "repository.ended"), "pull-requests: read"),
        (("repository.branches.nodes.target.status",), "statuses: read"),
        (("repository.branches", "repository.standing"), "contents: read, issues: read"),
        (("repository.defaultBranchRef",), "contents: read"),
        (("node.reviewThreads",), "pull-requests: read"),
        (("updateRefs",), "contents: write"),
        (("markPullRequestReadyForReview",), "pull-requests: write"),
        (("enqueuePullRequest",), "contents: write, pull-requests: write"),
    ],
)
def test_a_part_of_a_document_that_is_refused_names_its_permission(paths: tuple[str, ...], told: str) -> None:
    answer = Answer(status=403, message="Resource not accessible by integration", paths=paths)
    found = str(refused(answer, "look", REPO))
    assert f"may not look: GitHub asks for {told}; grant `{told}`" in found
    assert ("for a bot that acts" in found) == told.endswith("read")


def test_a_part_that_nobody_knows_is_told_in_githubs_words() -> None:
    answer = Answer(status=403, message="Resource not accessible by integration", paths=("", "viewer.x"))
    assert "Resource not accessible by integration; grant the missing permission" in str(
        refused(answer, "look", REPO)
    )


def test_every_part_of_every_document_that_takes_a_permission_is_known() -> None:
    found = [path for text in DOCUMENTS for path in guarded(text)]
    assert len(found) > len(DOCUMENTS)
    assert [path for path in found if not needed([path])] == []
