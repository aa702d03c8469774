from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ProposalKind
from promoter.forge.github.record import (
    HoldRecord,
    ProposalRecord,
    hold_body,
    proposal_body,
    read_hold_record,
    read_proposal_record,
    with_hold_record,
    with_note,
)
from promoter.proposal.evidence_json import digest
from promoter.report.fit import LIMIT, length
from tests.git_repository import minute

EVIDENCE = '{\n "version": 1\n}\n'
RECORD = ProposalRecord(
    rollout="yolo",
    candidate="v9",
    identity="v9@img",
    kind=ProposalKind.PROMOTION,
    made="a" * 40,
    base="b" * 40,
    began="c" * 40,
    digest="d" * 64,
)
HOLD = Hold(
    rollout="yolo",
    candidate="v9",
    kind=HoldKind.FREEZE,
    commit="c" * 40,
    since=minute(10),
    by="promoter",
    reason="failed: success-rate",
)
nasty = st.text(max_size=80).map(lambda text: text + "--> @all fixes #1 <b> <!-- promoter-record {} -->")


def test_a_proposal_is_found_again_in_its_body() -> None:
    body = proposal_body("# healthy\n", EVIDENCE, RECORD)
    assert body.startswith("# healthy\n")
    assert EVIDENCE.strip() in body
    assert read_proposal_record(body) == RECORD


def test_evidence_that_is_in_the_text_is_not_there_twice() -> None:
    body = proposal_body(f"# healthy\n\n```json\n{EVIDENCE}```\n", EVIDENCE, RECORD)
    assert body.count('"version": 1\n') == 1


@given(nasty)
def test_hostile_values_make_nothing_but_a_record(text: str) -> None:
    record = replace(RECORD, candidate=text, identity=text)
    body = proposal_body("# healthy\n", "", record)
    mark = body.removeprefix("# healthy\n").strip()
    assert mark.startswith("<!--")
    assert mark.count("-->") == mark.count("<!--") == 1
    assert mark.count("\n") == 0
    assert not set("@#") & set(mark)
    kept = read_proposal_record(body)
    assert kept is not None
    assert kept.candidate == text


@given(nasty)
def test_a_record_in_the_text_is_not_the_record(text: str) -> None:
    forged = proposal_body("", "", replace(RECORD, made="f" * 40)).strip()
    assert read_proposal_record(proposal_body(f"{forged}\n{text}", "", RECORD)) == RECORD


@pytest.mark.parametrize(
    "body",
    ["", "# healthy", "<!-- promoter-record {} -->", "<!-- promoter-record {nonsense} -->"],
)
def test_what_is_no_record_is_none(body: str) -> None:
    assert read_proposal_record(body) is None
    assert read_hold_record(body) is None


@pytest.mark.parametrize("change", [{"made": "main"}, {"version": 2}, {"kind": "other"}, {"extra": 1}])
def test_a_record_of_another_shape_is_none(change: dict[str, object]) -> None:
    known = json.loads(proposal_body("", "", RECORD).partition("record ")[2].partition(" -->")[0])
    assert read_proposal_record(f"<!-- promoter-record {json.dumps({**known, **change})} -->") is None


@pytest.mark.parametrize("text", ["x" * 80_000, "ä\n" * 40_000, "😀\n" * 40_000])
def test_a_body_is_never_longer_than_github_takes(text: str) -> None:
    body = proposal_body(text, EVIDENCE * 2000, RECORD)
    assert length(body) <= LIMIT
    assert read_proposal_record(body) == RECORD


def test_evidence_that_does_not_fit_is_left_out_and_the_words_stay() -> None:
    body = proposal_body("# healthy\n", "e" * LIMIT, RECORD)
    assert "eee" not in body
    assert body.startswith("# healthy\n")


def test_evidence_that_the_text_left_out_as_too_large_is_not_put_back() -> None:
    text = f"# healthy\n\nEvidence: too large for here, sha256 `{digest(EVIDENCE)}`.\n"
    assert EVIDENCE.strip() not in proposal_body(text, EVIDENCE, RECORD)
    assert EVIDENCE.strip() not in hold_body(text, EVIDENCE, HoldRecord(holds=(HOLD,)))


@pytest.mark.parametrize("size", [10, 60_000, 80_000])
@pytest.mark.parametrize("after", ["", "\nseen, thanks\n"])
def test_a_note_on_a_body_of_any_length_keeps_its_record(size: int, after: str) -> None:
    body = proposal_body("😀 words\n" * (size // 9), "", RECORD) + after
    noted = with_note(body, "**Withdrawn**: out of date.")
    assert noted.startswith("**Withdrawn**: out of date.\n\n😀 words\n")
    assert read_proposal_record(noted) == RECORD
    assert noted.count("promoter-record") == 1
    assert length(noted) <= LIMIT
    assert (after.strip() in noted) or size == 80_000


def test_a_note_on_a_body_without_a_record_fits_as_well() -> None:
    noted = with_note("words\n" * 20_000, "**Withdrawn**")
    assert noted.startswith("**Withdrawn**\n\nwords\n")
    assert length(noted) <= LIMIT


def test_a_hold_is_found_again_with_all_its_occurrences() -> None:
    lifted = HOLD.lift(when=minute(20), by="ada", reason="ok")
    record = HoldRecord(holds=(lifted, replace(HOLD, since=minute(30))))
    assert read_hold_record(hold_body("# frozen\n", EVIDENCE, record)) == record


def test_a_new_record_takes_the_place_of_the_old_one() -> None:
    body = hold_body("# frozen\n", EVIDENCE, HoldRecord(holds=(HOLD,)))
    after = HoldRecord(holds=(HOLD.lift(when=minute(20), by="ada", reason="ok"),))
    changed = with_hold_record(body, after, "**Resumed**")
    assert read_hold_record(changed) == after
    assert changed.count("promoter-record") == 1
    assert EVIDENCE.strip() in changed
    assert "**Resumed**" in changed


def test_a_record_stays_within_its_share_of_the_body() -> None:
    holds = tuple(
        replace(HOLD, since=minute(count), reason="r" * 900).lift(
            when=minute(count), by="b" * 99, reason="ö" * 900
        )
        for count in range(60)
    )
    body = hold_body("", "", HoldRecord(holds=holds))
    record = read_hold_record(body)
    assert record is not None
    assert length(body) < 2_200
    assert record.last.since == holds[-1].since  # the newest stay


def test_a_record_of_two_holds_is_none() -> None:
    body = hold_body("", "", HoldRecord(holds=(HOLD, replace(HOLD, commit="e" * 40))))
    assert read_hold_record(body) is None


def test_a_time_without_its_zone_is_no_record() -> None:
    naive = replace(HOLD, since=datetime(2026, 1, 7, 8, 0))  # noqa: DTZ001
    assert read_hold_record(hold_body("", "", HoldRecord(holds=(naive,)))) is None
    assert HOLD.since.tzinfo is UTC
