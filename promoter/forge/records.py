"""The local forge's records as JSON: strict both ways; a damaged one is an error, never a guess."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from promoter.core.holds import Hold, HoldKind, Lift
from promoter.core.proposals import Health, ProposalKind, ProposalState, Status
from promoter.errors import ForgeError

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRecord:
    """What the bot knows about one proposal. `state` is never CLOSED: that is seen from the missing branch."""

    branch: str
    rollout: str
    candidate: str
    identity: str
    kind: ProposalKind
    state: ProposalState
    made: str
    base: str
    began: str
    digest: str
    draft: bool
    title: str
    opened_at: datetime
    status: Status | None = None
    why: str = ""

    def with_state(self, state: ProposalState, why: str) -> ProposalRecord:
        """The same proposal, merged or withdrawn."""
        return replace(self, state=state, why=why)


def write_proposal(record: ProposalRecord) -> str:
    """The record as JSON text."""
    return _dump({"version": VERSION, "proposal": asdict(record)})


def read_proposal(ref: str, data: bytes) -> ProposalRecord:
    """The record of a ref. Raises ForgeError where it is not what the bot writes."""
    try:
        fields = dict(_load(data)["proposal"])
        status = fields.pop("status")
        return ProposalRecord(
            **{
                **fields,
                "kind": ProposalKind(fields["kind"]),
                "state": ProposalState(fields["state"]),
                "opened_at": _time(fields["opened_at"]),
                "status": _status(status) if status else None,
            }
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(ref) from error


def write_holds(holds: Sequence[Hold]) -> str:
    """All holds of one rollout as JSON text."""
    return _dump({"version": VERSION, "holds": [asdict(hold) for hold in holds]})


def read_holds(ref: str, data: bytes) -> tuple[Hold, ...]:
    """The holds of a ref. Raises ForgeError where it is not what the bot writes."""
    try:
        return tuple(_hold(fields) for fields in _load(data)["holds"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(ref) from error


def _hold(fields: Mapping[str, Any]) -> Hold:
    lifted = fields["lifted"]
    return Hold(
        **{
            **fields,
            "kind": HoldKind(fields["kind"]),
            "since": _time(fields["since"]),
            "lifted": Lift(**{**lifted, "when": _time(lifted["when"])}) if lifted else None,
        }
    )


def _status(fields: Mapping[str, Any]) -> Status:
    return Status(**{**fields, "state": Health(fields["state"]), "evidence_at": _time(fields["evidence_at"])})


def _time(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError("a time without its zone")
    return when.astimezone(UTC)


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a record")


def _load(data: bytes) -> Mapping[str, Any]:
    document = json.loads(data)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError("not this version's record")
    return document


def _damaged(ref: str) -> ForgeError:
    hint = f"look at it with git log -p {ref}; git update-ref -d {ref} forgets it"
    return ForgeError(f"the record {ref} is not one that promoter wrote", hint=hint)
