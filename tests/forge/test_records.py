from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.holds import Hold, HoldKind, Lift
from promoter.core.proposals import Health, ProposalKind, ProposalState, Status
from promoter.errors import ForgeError
from promoter.forge.records import (
    HOLDS,
    HoldsRecord,
    ProposalRecord,
    read_holds,
    read_proposal,
    write_holds,
    write_proposal,
)
from tests.forge.builders import BRANCH, RECORD
from tests.git_repository import minute

REF = f"{HOLDS}yolo"
HOLD = Hold(
    rollout="yolo", candidate="v9", kind=HoldKind.FREEZE, commit="ab" * 20, since=minute(1), by="x", reason="y",
    rollback=True, lifted=Lift(when=minute(2), by="Ada", reason="ok"),
)  # fmt: skip


def a_record(**changes: object) -> ProposalRecord:
    record = ProposalRecord(
        branch=BRANCH,
        rollout="yolo",
        candidate="v9-gray",
        identity="v9-gray@123",
        kind=ProposalKind.REVERT,
        state=ProposalState.OPEN,
        made="a" * 40,
        base="b" * 40,
        began="c" * 64,
        paths=("manifests/vs.yaml",),
        title="5% → 20%",
        digest="",
        draft=True,
        opened_at=minute(1),
        status=Status(state=Health.SUCCESS, summary="ok", evidence_at=minute(2)),
    )
    return replace(record, **changes)  # type: ignore[arg-type]


text = st.text(st.characters(exclude_categories=["Cs"]))
moments = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(title=text, why=text, opened_at=moments, draft=st.booleans(), state=st.sampled_from(ProposalState))
def test_a_proposals_record_comes_back_as_it_was(
    title: str, why: str, opened_at: datetime, state: ProposalState, *, draft: bool
) -> None:
    if state is ProposalState.CLOSED:
        return
    record = a_record(title=title, why=why, opened_at=opened_at, draft=draft, state=state, ended_at=opened_at)
    assert read_proposal(RECORD, write_proposal(record)) == record
    assert write_proposal(record) == write_proposal(record)


@given(by=text, reason=text, when=moments)
def test_holds_come_back_as_they_were(by: str, reason: str, when: datetime) -> None:
    hold = replace(HOLD, by=by, reason=reason, since=when)
    record = HoldsRecord(rollout="yolo", holds=(HOLD, hold, replace(hold, lifted=None)))
    assert read_holds(REF, write_holds(record)) == record


SPOILED = {
    "no json": lambda data: data[:-10],
    "no text": lambda data: b"\xff" + data,
    "nothing": lambda _: b"",
    "a list": lambda _: b"[]",
    "too deep": lambda _: b"[" * 100_000,
    "an unknown key": lambda data: data.replace(b'"version"', b'"versiom": 1, "version"'),
    "a missing key": lambda data: data.replace(b'"draft"', b'"drift"').replace(b'"kind"', b'"kinds"'),
    "another version": lambda data: data.replace(b'"version": 1', b'"version": 2'),
    "a number as text": lambda data: data.replace(b'"version": 1', b'"version": "1"'),
    "a time without its zone": lambda data: data.replace(b"Z", b""),
    "no time": lambda data: data.replace(b"2026-", b"yesterday"),
    "an unknown key inside": lambda data: data.replace(b'"state": "success"', b'"x": 1, "state": "success"').replace(b'"by": "Ada"', b'"by": "Ada", "x": 1'),
    "another rollout": lambda data: data.replace(b"yolo", b"solo"),
    "another kind": lambda data: data.replace(b'"revert"', b'"upward"').replace(b'"freeze"', b'"thaw"'),
}  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILED)
def test_what_promoter_did_not_write_is_an_error_that_names_the_ref(spoil: str) -> None:
    with pytest.raises(ForgeError, match=RECORD) as caught:
        read_proposal(RECORD, SPOILED[spoil](write_proposal(a_record())))  # type: ignore[no-untyped-call]
    assert "\n" not in str(caught.value)
    with pytest.raises(ForgeError, match=REF) as caught:
        read_holds(REF, SPOILED[spoil](write_holds(HoldsRecord(rollout="yolo", holds=(HOLD,)))))  # type: ignore[no-untyped-call]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spoil", ["made", "base", "began", "digest"])
def test_what_is_no_object_id_is_an_error(spoil: str) -> None:
    data = write_proposal(a_record())
    good = f'"{spoil}": "'.encode()
    for bad in (b"main", b"--output=x", b"A" * 40, b"a" * 39 + b"\\n"):
        head, _, tail = data.partition(good)
        with pytest.raises(ForgeError):
            read_proposal(RECORD, head + good + bad + b'"' + tail.split(b'"', 1)[1])


def test_a_record_is_never_closed() -> None:
    data = write_proposal(a_record()).replace(b'"state": "open"', b'"state": "closed"')
    with pytest.raises(ForgeError, match="state"):
        read_proposal(RECORD, data)
