"""The commit status `rollout/health`: what GitHub shows of it, and read back."""

from __future__ import annotations

import re
from datetime import datetime

from promoter.core.proposals import Health, Status
from promoter.forge.github.answers import Head, StatusContext
from promoter.forge.github.identity import Identity
from promoter.report.numbers import one_line, rfc3339

LIMIT = 140  # what GitHub takes for a description
_MOMENT = re.compile(r"(?P<summary>.*) \[(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\]\Z", re.DOTALL)
_STATES = {"SUCCESS": Health.SUCCESS, "PENDING": Health.PENDING, "EXPECTED": Health.PENDING}
_BAD = {"FAILURE": Health.FAILURE, "ERROR": Health.FAILURE}


def description(status: Status) -> str:
    """The summary and the moment of its evidence, within what GitHub takes."""
    at = f" [{rfc3339(status.evidence_at)}]"
    return one_line(status.summary, LIMIT - len(at)) + at


def as_shown(status: Status) -> Status:
    """The status as it is read back: its summary cut to what fits."""
    found = _MOMENT.match(description(status))
    assert found is not None  # noqa: S101 - it was just written so
    return Status(state=status.state, summary=found["summary"], evidence_at=status.evidence_at)


def read_status(identity: Identity, head: Head) -> Status | None:
    """The status that the bot put on this commit; None for somebody else's, or one that it would not write."""
    context = head.status.context if head.status else None
    if context is None or not identity.is_us(context.creator):
        return None
    return read_context(context)


def read_context(context: StatusContext) -> Status | None:
    """A status by its state and description; None for one without the moment of its evidence."""
    state = (_STATES | _BAD).get(context.state)
    found = _MOMENT.match(context.description or "")
    if state is None or found is None:
        return None
    try:
        at = datetime.fromisoformat(found["at"])
    except ValueError:
        return None
    return Status(state=state, summary=found["summary"], evidence_at=at)
