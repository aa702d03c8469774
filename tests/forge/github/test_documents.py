"""What the documents cost by GitHub's own rule: a hundredth of the connections that a call may have to ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)

from promoter.forge.github.documents import START, fleet
from tests.fakes.github.graphql import problems

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "github.md"
POINTS = 100  # connections
HOLDS = {"standing", "lifted", "own", "ownLifted"}


class Cost:
    """Connections that are asked for, and nodes that may come."""

    def __init__(self, text: str, asked: set[str], ids: Mapping[str, int]) -> None:
        self._asked, self._ids = asked, ids
        document: DocumentNode = parse(text)
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        (query,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
        self.connections = self.nodes = 0
        self._add(query.selection_set, 1)

    @property
    def points(self) -> int:
        return max(1, round(self.connections / POINTS))

    def _add(self, selected: SelectionSetNode, times: int) -> None:
        for one in self._fields(selected):
            below = times
            if not all(self._is_asked(a.value) for d in one.directives or () for a in d.arguments or ()):
                continue
            for argument in one.arguments or ():
                if argument.name.value in {"first", "last"} and isinstance(argument.value, IntValueNode):
                    self.connections += times
                    below = times * int(argument.value.value)
                    self.nodes += below
                elif argument.name.value == "ids" and isinstance(argument.value, VariableNode):
                    self.connections += times
                    below = times * self._ids[argument.value.name.value]
                    self.nodes += below
            if one.selection_set:
                self._add(one.selection_set, below)

    def _fields(self, selected: SelectionSetNode) -> Iterator[FieldNode]:
        for one in selected.selections:
            if isinstance(one, FieldNode):
                yield one
            elif isinstance(one, InlineFragmentNode):
                yield from self._fields(one.selection_set)
            elif isinstance(one, FragmentSpreadNode):
                yield from self._fields(self._fragments[one.name.value].selection_set)

    def _is_asked(self, condition: object) -> bool:
        return isinstance(condition, VariableNode) and condition.name.value in self._asked


def cost(asked: set[str], *lists: int, late: int = 0) -> Cost:
    ids = {f"named{number}": size for number, size in enumerate(lists)} | {"late": late}
    return Cost(fleet(len(lists), late=late > 0), asked, ids)


@pytest.mark.parametrize("lists", range(5))
@pytest.mark.parametrize("late", [False, True])
def test_every_form_of_the_fleets_document_is_one_that_github_takes(lists: int, late: bool) -> None:  # noqa: FBT001
    assert problems(fleet(lists, late=late)) == ()


def test_the_reference_tells_what_a_tick_costs() -> None:
    start, page, further = Cost(START, set(), {}), cost({"branches", "ended", *HOLDS}), cost({"branches"})
    first, then = cost({"counted", "ended", *HOLDS}, 100, 100, 100, 34), cost(set(), 100, 100, 100, 34)
    assert (start.points, page.points, first.points, then.points) == (1, 7, 8, 7)
    small, large = start.points + page.points, start.points + first.points + 2 * then.points
    assert large < start.points + page.points + 9 * further.points == 53  # in order
    most = max(one.nodes for one in (page, further, first, then, cost(set(), late=100)))
    text = REFERENCE.read_text(encoding="utf-8")
    assert f"| 1,000 | bakes | 2 | {small} |" in text
    assert f"| 1,000 | waits for approval | 5 | {large} |" in text
    assert f"takes {12 * large}." in text
    assert f"at most {most:,} of the 500,000 nodes" in " ".join(text.split())
