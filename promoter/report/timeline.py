"""A rollout's timeline: what commits did to the weights, and the holds beside them, oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoter.core.holds import Hold
from promoter.core.situation import Situation
from promoter.core.timeline import Event, EventKind
from promoter.core.weights import format_percent
from promoter.report.json_text import json_text
from promoter.report.numbers import for_markdown, moment, one_line, rfc3339
from promoter.report.plan_text import Paint, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened: `what` in a word or two, `who` did it, `why` in their words."""

    when: datetime
    rollout: str
    candidate: str
    what: str
    who: str
    why: str
    commit: str = ""
    evidence: str = ""


def entries(situations: Sequence[Situation]) -> tuple[Entry, ...]:
    """Everything that happened to these candidates, oldest first."""
    found = [entry for situation in situations for entry in _of(situation)]
    holds = {
        (hold.key, hold.since): (situation, hold) for situation in situations for hold in situation.view.holds
    }
    for situation, hold in holds.values():
        found += _hold(situation, hold)
    return tuple(sorted(found, key=lambda entry: (entry.when, entry.rollout)))


def _of(situation: Situation) -> Iterator[Entry]:
    for event in situation.timeline.events:
        yield Entry(
            when=event.commit.when,
            rollout=situation.policy.name,
            candidate=situation.candidate,
            what=_what(event),
            who=event.commit.author,
            why=event.commit.subject,
            commit=event.commit.sha,
            evidence=event.commit.trailer("Rollout-Evidence") or "",
        )


def _what(event: Event) -> str:
    before = format_percent(event.before) if event.before is not None else ""
    after = format_percent(event.after)
    match event.kind:
        case EventKind.START:
            return f"first seen at {after}"
        case EventKind.RAISED:
            return f"raised {before} → {after}"
        case EventKind.ROLLBACK:
            return f"rolled back {before} → {after}"
        case EventKind.FINISHED:
            return f"finished {before} → {after}"
        case EventKind.NEW_CANDIDATE:
            return f"new candidate at {after}"


def _hold(situation: Situation, hold: Hold) -> Iterator[Entry]:
    about = hold.candidate.split("@", maxsplit=1)[0] or situation.candidate
    yield Entry(
        when=hold.since,
        rollout=hold.rollout,
        candidate=about,
        what=f"hold: {hold.kind.value}",
        who=hold.by,
        why=hold.reason,
        commit=hold.commit,
        evidence=hold.evidence,
    )
    if hold.lifted:
        yield Entry(
            when=hold.lifted.when,
            rollout=hold.rollout,
            candidate=about,
            what=f"resumed: {hold.kind.value}",
            who=hold.lifted.by,
            why=hold.lifted.reason,
            commit=hold.commit,
        )


def timeline_text(told: Sequence[Entry], paint: Paint = plain) -> str:
    """For a terminal, a line an entry."""
    names = [one_line(f"{entry.rollout}/{entry.candidate}", 60) for entry in told]
    name_width = max(map(len, names), default=0)
    width = max((len(entry.what) for entry in told), default=0)
    lines = [
        f"{moment(entry.when)}  {name:<{name_width}}  {paint(f'{entry.what:<{width}}', _colour(entry))}  "
        f"{one_line(entry.who, 40)}: {one_line(entry.why, 100)}"
        for entry, name in zip(told, names, strict=True)
    ]
    return "\n".join(lines or ["nothing has happened yet"]) + "\n"


def _colour(entry: Entry) -> str:
    first = entry.what.split(" ", 1)[0]
    return {"raised": "green", "rolled": "red", "hold:": "magenta", "resumed:": "cyan"}.get(first, "")


def timeline_json(told: Sequence[Entry]) -> str:
    """One JSON document, version 1."""
    items = [
        {
            "at": rfc3339(entry.when),
            "rollout": entry.rollout,
            "candidate": entry.candidate,
            "what": entry.what,
            "who": entry.who,
            "why": entry.why,
            "commit": entry.commit or None,
            "evidence": entry.evidence or None,
        }
        for entry in told
    ]
    return json_text({"version": 1, "entries": items})


def timeline_markdown(told: Sequence[Entry]) -> str:
    """A markdown table."""
    lines = ["| when | rollout | what | who | why |", "|---|---|---|---|---|"]
    for entry in told:
        cells = (moment(entry.when), f"{entry.rollout}/{entry.candidate}", entry.what, entry.who, entry.why)
        lines.append(f"| {' | '.join(for_markdown(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"
