"""Issues as holds: open means that it stands, closed by somebody who may means that it is lifted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from promoter.core.holds import Hold, HoldKind, Lift
from promoter.forge.github.answers import Issue, Who
from promoter.forge.github.identity import Identity
from promoter.forge.github.record import HoldRecord, read_hold_record

# `promoter resume` with a human's token leaves their words just before it closes the issue.
_SAME_SECONDS = 600
May = Callable[[Who], bool]  # whether somebody has triage rights or more


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldIssue:
    """A hold's issue, with the occurrences of the hold as they count now.

    `to_reopen`: its closing was no resume. `to_keep`: the record does not know the lift yet.
    """

    issue: Issue
    record: HoldRecord
    holds: tuple[Hold, ...]
    to_reopen: bool = False
    to_keep: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is about."""
        return self.record.last.key

    @property
    def stands(self) -> bool:
        """It stops its rollout."""
        return bool(self.holds) and self.holds[-1].lifted is None


def read_issue(identity: Identity, issue: Issue, may: May) -> HoldIssue | None:
    """What an issue with the label says; None where it is no hold, or stands for another one.

    A human's issue counts too while it is open, if it is a pause: to stop is everybody's right who may label.
    """
    record = read_hold_record(issue.body)
    if record is None or record.duplicate_of is not None:
        return None
    if not identity.is_us(issue.author) and not _is_pause(record, issue):
        return None
    if issue.state == "OPEN":
        return HoldIssue(issue=issue, record=record, holds=_standing(record))
    return _closed(identity, issue, record, may)


def _is_pause(record: HoldRecord, issue: Issue) -> bool:
    return record.last.kind is HoldKind.PAUSE and issue.author is not None and issue.author.human


def _standing(record: HoldRecord) -> tuple[Hold, ...]:
    """The last occurrence stands; where it was lifted before, somebody opened the issue again."""
    if record.last.lifted is None:
        return record.holds
    return (*record.holds, replace(record.last, lifted=None))


def _closed(identity: Identity, issue: Issue, record: HoldRecord, may: May) -> HoldIssue:
    closing = issue.closing
    closer, when = (closing.actor, closing.created_at) if closing else (None, None)
    known = record.last.lifted
    if known is not None and (identity.is_us(closer) or known.when == when):
        return HoldIssue(issue=issue, record=record, holds=record.holds)
    by_hand = closing is not None and closing.closer is None  # not by `fixes #1` in what was merged
    if not by_hand or closer is None or when is None or not _may_lift(identity, closer, may):
        return HoldIssue(issue=issue, record=record, holds=_standing(record), to_reopen=True)
    words = known if known and abs((when - known.when).total_seconds()) < _SAME_SECONDS else None
    reason = words.reason if words else f"closed issue {issue.number}"
    lifted = replace(record.last, lifted=Lift(when=when, by=closer.name, reason=reason))
    before = record.holds if known and not words else record.holds[:-1]
    return HoldIssue(issue=issue, record=record, holds=(*before, lifted), to_keep=True)


def _may_lift(identity: Identity, who: Who, may: May) -> bool:
    return who.human and not identity.is_us(who) and may(who)


def converged(issues: Iterable[HoldIssue]) -> tuple[list[HoldIssue], list[tuple[HoldIssue, HoldIssue]]]:
    """One issue a hold: the standing one with the lowest number, else the last one; and the others with it."""
    by_key: dict[tuple[str, str, str, str], list[HoldIssue]] = {}
    for item in issues:
        by_key.setdefault(item.key, []).append(item)
    kept: list[HoldIssue] = []
    spare: list[tuple[HoldIssue, HoldIssue]] = []
    for same in by_key.values():
        same.sort(key=lambda item: item.issue.number)
        standing = [item for item in same if item.stands]
        first = standing[0] if standing else same[-1]
        kept += [item for item in same if item is first or not item.stands]
        spare += [(item, first) for item in standing[1:]]
    kept.sort(key=lambda item: item.issue.number)
    return kept, spare
