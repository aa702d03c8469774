"""What the bot has to find again in a body: one JSON line in an HTML comment at its end.

It is believed only in what the bot's own account wrote, and never about content: that is computed anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from promoter.core.holds import Hold, Lift
from promoter.core.proposals import ProposalKind
from promoter.proposal.evidence_json import digest as digest_of
from promoter.report.fit import LIMIT, RESERVE, length
from promoter.report.numbers import one_line

_REASON = 200
_MARK = re.compile(r"<!-- promoter-record (\{[^\r\n]*\}) -->")
_LIVE = {"<": "\\u003c", ">": "\\u003e", "@": "\\u0040", "#": "\\u0023"}
_STRICT = ConfigDict(extra="forbid", strict=True)
_Sha = Annotated[str, Field(pattern=r"\A([0-9a-f]{40}|[0-9a-f]{64})\z")]
_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class ProposalRecord:
    """What a pull request carries: the proposal, and the commit `made` that the bot put on `base` for it.

    `draft` says that the bot opened it as one. `previous` is the commit that `made` takes the place of, while the branch is being moved. `plain` says
    that the repository has no drafts, so that a prepared revert is an ordinary one.
    """

    version: Literal[1] = 1
    rollout: str
    candidate: str
    identity: str
    kind: ProposalKind
    made: _Sha
    base: _Sha
    began: str
    digest: str
    draft: bool = False
    plain: bool = False
    previous: _Sha | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class HoldRecord:
    """What an issue carries: every time this hold was recorded, the last one at the end.

    `duplicate_of` is the issue that stands for this one: two runs recorded the same hold at once.
    """

    version: Literal[1] = 1
    holds: Annotated[tuple[Hold, ...], Field(min_length=1)]
    duplicate_of: int | None = None

    @property
    def last(self) -> Hold:
        """The present occurrence."""
        return self.holds[-1]


_PROPOSAL = TypeAdapter(ProposalRecord)
_HOLD = TypeAdapter(HoldRecord)


def proposal_body(text: str, evidence: str, record: ProposalRecord) -> str:
    """The whole body of a pull request: what people read, the evidence, and the record."""
    return _whole(text, evidence, _PROPOSAL.dump_python(record, mode="json"))


def hold_body(text: str, evidence: str, record: HoldRecord) -> str:
    """The whole body of a hold's issue."""
    return _whole(text, evidence, _HOLD.dump_python(_short(record), mode="json"))


def with_hold_record(body: str, record: HoldRecord, note: str = "") -> str:
    """The same body with another record, and a line for people before it."""
    match = _last(body)
    text = body[: match.start()] if match else body
    if note:
        text = f"{text.rstrip()}\n\n{note}\n"
    return _whole(text, "", _HOLD.dump_python(_short(record), mode="json"))


def with_note(body: str, note: str) -> str:
    """The same body below a line for people; where both are too long, the text gives way and the record stays."""
    match = _last(body)
    if match is None:
        return _fitted(f"{note}\n\n{body}", "")
    return _fitted(f"{note}\n\n{body[: match.start()]}{body[match.end() :].lstrip()}", f"\n{match[0]}\n")


def read_proposal_record(body: str) -> ProposalRecord | None:
    """The record at the end of a pull request's body; None where it has none that can be read."""
    return _read(_PROPOSAL, body)


def read_hold_record(body: str) -> HoldRecord | None:
    """The record at the end of an issue's body; None where it has none that can be read."""
    record = _read(_HOLD, body)
    if record is None:
        return None
    times = [hold.since for hold in record.holds] + [hold.lifted.when for hold in record.holds if hold.lifted]
    keys = {hold.key for hold in record.holds}
    return record if len(keys) == 1 and all(moment.tzinfo for moment in times) else None


def dispatched(hold: Hold, evidence: str) -> Mapping[str, Any]:
    """What an event about a hold carries; the evidence itself where it fits beside its digest."""
    payload: dict[str, Any] = {
        "rollout": hold.rollout,
        "candidate": hold.candidate,
        "kind": hold.kind.value,
        "commit": hold.commit,
        "reason": one_line(hold.reason, _REASON),
        "digest": digest_of(evidence),
    }
    whole = {**payload, "evidence": evidence}
    return whole if length(json.dumps(whole)) < LIMIT - RESERVE else payload


def _read(kind: TypeAdapter[_Record], body: str) -> _Record | None:
    match = _last(body)
    if match is None:
        return None
    try:
        return kind.validate_json(match.group(1))
    except ValidationError:
        return None


def _last(body: str) -> re.Match[str] | None:
    found = list(_MARK.finditer(body))
    return found[-1] if found else None


def _whole(text: str, evidence: str, record: Mapping[str, Any]) -> str:
    mark = f"<!-- promoter-record {_line(record)} -->"
    # A text that names the digest has the evidence, or has left it out as too large.
    told = not evidence or digest_of(evidence) in text or evidence.rstrip("\n") in text
    fence = "" if told else _fence(evidence)
    if length(text) + length(fence) + length(mark) + 3 > LIMIT:
        fence = ""  # its digest stays; the file is with the run
    return _fitted(text, f"{fence}\n{mark}\n")


def _fitted(text: str, tail: str) -> str:
    """The text, shortened until it fits together with what has to stay at its end."""
    room = LIMIT - length(tail) - 2
    while length(text) > room:
        text = text[: len(text) * room // length(text)].rpartition("\n")[0]
    return f"{text.rstrip()}\n{tail}"


def _fence(evidence: str) -> str:
    return f"\n<details><summary>Evidence</summary>\n\n```json\n{evidence.rstrip()}\n```\n\n</details>\n"


def _line(record: Mapping[str, Any]) -> str:
    """JSON that no reader of markdown acts on: no comment ends in it, no mention and no reference."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return "".join(_quoted(char) for char in text)


def _quoted(char: str) -> str:
    if char in _LIVE:
        return _LIVE[char]
    if "\ud800" <= char <= "\udfff":
        return "?"  # half a character, from bytes that are no text
    return char if char.isprintable() else json.dumps(char)[1:-1]


def _short(record: HoldRecord) -> HoldRecord:
    """The record within its share of the body: words are cut, and the oldest occurrences go first."""
    holds = tuple(_clipped(hold) for hold in record.holds)
    while True:
        short = replace(record, holds=holds)
        if len(holds) == 1 or length(_line(_HOLD.dump_python(short, mode="json"))) < RESERVE:
            return short
        holds = holds[1:]


def _clipped(hold: Hold) -> Hold:
    lifted = hold.lifted and Lift(
        when=hold.lifted.when, by=one_line(hold.lifted.by, 60), reason=one_line(hold.lifted.reason, _REASON)
    )
    return replace(hold, by=one_line(hold.by, 60), reason=one_line(hold.reason, _REASON), lifted=lifted)
