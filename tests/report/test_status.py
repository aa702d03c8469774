"""status: where each rollout stands, its holds and proposals, in three forms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

from promoter.core.proposals import ForgeView, ProposalState
from promoter.report.status import (
    Standing,
    hold_line,
    open_proposals,
    proposal_line,
    status_json,
    status_markdown,
    status_text,
)
from tests.build import AT, a_hold, a_proposal, a_situation
from tests.report.markup import acted_on, structure, unprintable
from tests.report.reports import HOSTILE, broken, freezing, holding, hostile_row, waiting


def standing(**changes: object) -> Standing:
    items = (freezing().situation, holding().situation, waiting().situation, broken().rollout)
    whole = Standing(at=AT, branch="main", commit="b" * 40, items=items, notes=("a note",))
    return replace(whole, **changes)  # type: ignore[arg-type]


def hostile() -> Standing:
    return standing(
        items=(hostile_row().situation, replace(broken().rollout, name=HOSTILE, problems=(HOSTILE,))),
        branch=f"main{HOSTILE}",
        notes=(HOSTILE,),
    )


def test_the_status_reads_as_it_did(golden: Callable[[str, str], None]) -> None:
    golden("status.txt", status_text(standing()))
    golden("status.md", status_markdown(standing()))
    golden("status.json", status_json(standing()))


def test_without_policies_it_says_where_to_begin() -> None:
    assert "promoter init" in status_text(standing(items=()))


def test_a_proposal_tells_what_a_reader_must_know_of_it() -> None:
    assert proposal_line(a_proposal()) == f"{a_proposal().branch} (promotion)"
    touched = a_proposal(head="d" * 40, draft=True)
    assert proposal_line(touched).endswith("(promotion, draft, a human pushed to it)")


def test_a_hold_tells_kind_who_when_and_why() -> None:
    assert hold_line(a_hold()) == "freeze by promoter since 2026-01-07 08:55 UTC: failed: success-rate"


def test_only_this_candidates_open_proposals_are_shown() -> None:
    mine = a_proposal()
    others = (a_proposal(candidate="v10-gray"), a_proposal(state=ProposalState.WITHDRAWN))
    assert open_proposals(a_situation(view=ForgeView(proposals=(mine, *others)))) == (mine,)


def test_hostile_text_stays_text() -> None:
    text, markdown, document = status_text(hostile()), status_markdown(hostile()), status_json(hostile())
    for told in (text, markdown, document):
        assert unprintable(told) == []
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    kinds = structure(markdown)
    assert kinds.count("table_open table ") == 1
    assert not any(kind.startswith(("link", "image", "html", "fence", "heading")) for kind in kinds)
    assert acted_on(re.sub("`[^`]*`", "", markdown)) == []
    assert json.loads(document)["rollouts"][1]["problems"] == [HOSTILE]
