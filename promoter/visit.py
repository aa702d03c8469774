"""Judge what waits to come to base by the rules there, and say so in `rollout/health`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from promoter.core.proposals import Health, Status
from promoter.errors import PromoterError, RepoError
from promoter.forge.github.visitors import Said, Visitor, Visitors
from promoter.guard import Reviewed, review
from promoter.proposed import Proposed
from promoter.world import World

_NOTHING = "no weight rises that its policy on base would not raise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """One pull request or group of the merge queue: what was said, whether that was new, what went wrong."""

    name: str
    said: Said | None
    new: bool = False
    error: str = ""


def visit(world: World, visitors: Visitors, directory: str, at: datetime) -> Iterator[Visited]:
    """Every group of the merge queue and open pull request in turn; what goes wrong with one stops no other."""
    found = visitors.read()
    visitors.fetch(found)
    for visitor in found:
        try:
            said = _said(world, visitor, directory, at)
            yield Visited(name=visitor.name, said=said, new=visitors.say(visitor, said))
        except PromoterError as error:
            yield Visited(name=visitor.name, said=None, error=str(error))


def _said(world: World, visitor: Visitor, directory: str, at: datetime) -> Said:
    try:
        proposed = Proposed.read(world.repo, world.base.commit, visitor.head, directory)
    except RepoError as error:  # it conflicts, or was pushed to meanwhile: it cannot be merged as it is
        return Said(state=Health.PENDING, summary=str(error))
    found = review(world, proposed, at)
    state = Health.FAILURE if found.refused else Health.SUCCESS
    summary = _summary(found)
    if not found.judged:
        return Said(state=state, summary=summary)
    return Said(state=state, summary=summary, verdict=Status(state=state, summary=summary, evidence_at=at))


def _summary(found: Reviewed) -> str:
    if not found.refused:
        return _NOTHING
    first, more = found.refused[0], len(found.refused) - 1
    return f"{first.message} (and {more} more)" if more else first.message
