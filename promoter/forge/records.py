"""The local forge's records as JSON: strict both ways; a damaged one is an error, never a guess."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from promoter.core.holds import Hold
from promoter.core.proposals import ProposalKind, ProposalState, Status
from promoter.errors import ForgeError

PROPOSALS = "refs/promoter/proposals/"
HOLDS = "refs/promoter/holds/"

Ended = Literal[ProposalState.MERGED, ProposalState.WITHDRAWN]
_STRICT = ConfigDict(extra="forbid", strict=True)
_Sha = Annotated[str, Field(pattern=r"\A([0-9a-f]{40}|[0-9a-f]{64})\z")]
_Digest = Annotated[str, Field(pattern=r"\A([0-9a-f]{64})?\z")]


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class ProposalRecord:
    """What the bot knows about one proposal of its own.

    `made` is the commit it put on the branch and `base` that commit's parent. `state` is never `closed`: a
    branch that is gone while its record says `open` was closed by a human. Git does not tell when, so
    `opened_at`, the beginning of the present opening, stands for it; opened again after a resume, it is
    later than that resume.
    """

    version: Literal[1] = 1
    branch: str
    rollout: str
    candidate: str
    identity: str
    kind: ProposalKind
    state: Literal[ProposalState.OPEN] | Ended
    made: _Sha
    base: _Sha
    began: _Sha
    paths: tuple[str, ...]
    title: str
    digest: _Digest
    draft: bool
    opened_at: AwareDatetime
    status: Status | None = None
    ended_at: AwareDatetime | None = None
    why: str = ""

    @property
    def ref(self) -> str:
        """Where the record is kept."""
        return proposal_ref(self.branch)


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class HoldsRecord:
    """Every hold of one rollout, in the order they were recorded; one that came again stands there again."""

    version: Literal[1] = 1
    rollout: str
    holds: tuple[Hold, ...]


_PROPOSAL = TypeAdapter(ProposalRecord)
_HOLDS = TypeAdapter(HoldsRecord)


def proposal_ref(branch: str) -> str:
    """The ref that keeps the record of a proposal's branch, `promoter/<rollout>/<name>`."""
    return PROPOSALS + branch.removeprefix("promoter/")


def write_proposal(record: ProposalRecord) -> bytes:
    """The record as JSON; the same record gives the same bytes."""
    return _json(_PROPOSAL.dump_python(record, mode="json"))


def read_proposal(ref: str, data: bytes) -> ProposalRecord:
    """The record kept at a ref. Raises ForgeError where it is not what promoter writes there."""
    try:
        record = _PROPOSAL.validate_json(data)
    except ValidationError as error:
        raise damaged(ref, _first(error)) from error
    times = [record.status.evidence_at] if record.status else []
    if record.ref != ref or record.branch.split("/")[1:2] != [record.rollout]:
        raise damaged(ref, f"it is about {record.branch} of {record.rollout}")
    _refuse_naive(ref, times)
    return record


def write_holds(record: HoldsRecord) -> bytes:
    """All holds of one rollout as JSON."""
    return _json(_HOLDS.dump_python(record, mode="json"))


def read_holds(ref: str, data: bytes) -> HoldsRecord:
    """The holds kept at a ref. Raises ForgeError where they are not what promoter writes there."""
    try:
        record = _HOLDS.validate_json(data)
    except ValidationError as error:
        raise damaged(ref, _first(error)) from error
    strangers = {hold.rollout for hold in record.holds} | {record.rollout}
    if {HOLDS + name for name in strangers} != {ref}:
        raise damaged(ref, f"it is about {', '.join(sorted(strangers))}")
    _refuse_naive(ref, [hold.since for hold in record.holds])
    _refuse_naive(ref, [hold.lifted.when for hold in record.holds if hold.lifted])
    return record


def damaged(ref: str, why: str) -> ForgeError:
    """A record that nobody can go by: nothing is decided for it until a human has looked."""
    shown = "".join(char if char.isprintable() else " " for char in why)[:200]
    hint = f"look with `git log -p {ref}`; go back to its last good commit with `git update-ref`"
    return ForgeError(f"the record at {ref} is damaged or not promoter's: {shown}", hint=hint)


def _json(document: object) -> bytes:
    # A name from a command line may hold bytes that are no text: they become question marks.
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _refuse_naive(ref: str, times: list[datetime]) -> None:
    if any(moment.tzinfo is None for moment in times):
        raise damaged(ref, "a time without its zone")


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc'])) or 'it'}: {found['msg']}"
