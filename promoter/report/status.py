"""Where each rollout stands, as text, JSON and markdown: weights, holds, proposals; no health."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promoter.core.holds import Hold
from promoter.core.proposals import ProposalState, ProposalView
from promoter.core.situation import Situation, Unusable
from promoter.core.weights import format_percent
from promoter.report.json_text import json_text
from promoter.report.numbers import code, duration, for_markdown, moment, one_line, rfc3339
from promoter.report.plan_json import hold_json, proposal_json
from promoter.report.plan_text import Paint, plain
from promoter.report.tables import ladder


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All rollouts as observed at one commit."""

    at: datetime
    branch: str
    commit: str
    items: tuple[Situation | Unusable, ...]
    notes: tuple[str, ...] = ()


def status_text(standing: Standing, paint: Paint = plain) -> str:
    """For a terminal."""
    lines = [f"base {one_line(standing.branch)}@{standing.commit[:9]} at {moment(standing.at)}"]
    lines += [paint(f"note: {one_line(note, 400)}", "yellow") for note in standing.notes]
    for item in standing.items:
        lines += ["", *(_unusable(item, paint) if isinstance(item, Unusable) else _lines(item, paint))]
    if not standing.items:
        lines.append("no rollouts: there is no policy here (see `promoter init`)")
    return "\n".join(lines) + "\n"


def _unusable(item: Unusable, paint: Paint) -> Iterator[str]:
    yield f"{one_line(item.name)}  {paint('unusable', 'red')}"
    yield from (f"    {one_line(problem, 400)}" for problem in item.problems)


def _lines(item: Situation, paint: Paint) -> Iterator[str]:
    share = format_percent(item.percent)
    name, candidate, stable = map(one_line, (item.policy.name, item.candidate, item.policy.stable))
    yield f"{name}  {candidate} at {paint(share, 'cyan')} beside {stable}"
    yield f"    ladder {ladder(item, None).replace('**', '*')}"
    changed = item.timeline.began
    age = duration(item.at - changed.when)
    yield (
        f"    since {moment(changed.when)} ({age}), {one_line(changed.author, 60)} in {changed.short}: "
        f"{one_line(changed.subject, 80)}"
    )
    for hold in item.holds:
        yield f"    {paint('hold', 'magenta')} {hold_line(hold)}"
    for proposal in open_proposals(item):
        yield f"    {paint('proposal', 'green')} {proposal_line(proposal)}"


def hold_line(hold: Hold) -> str:
    """One hold in words."""
    return f"{hold.kind.value} by {one_line(hold.by, 60)} since {moment(hold.since)}: {one_line(hold.reason)}"


def proposal_line(proposal: ProposalView) -> str:
    """One open proposal in words."""
    facts = [proposal.kind.value]
    if proposal.draft:
        facts.append("draft")
    if proposal.status:
        facts.append(f"health {proposal.status.state.value}")
    if proposal.touched:
        facts.append("a human pushed to it")
    return f"{one_line(proposal.branch)} ({', '.join(facts)})"


def open_proposals(item: Situation) -> tuple[ProposalView, ...]:
    """The open proposals about this candidate."""
    return tuple(
        proposal
        for proposal in item.view.proposals
        if proposal.state is ProposalState.OPEN and proposal.candidate == item.candidate
    )


def status_json(standing: Standing) -> str:
    """One JSON document, version 1."""
    rollouts = [
        {"name": item.name, "problems": list(item.problems)} if isinstance(item, Unusable) else _json(item)
        for item in standing.items
    ]
    document = {
        "version": 1,
        "at": rfc3339(standing.at),
        "base": {"branch": standing.branch, "commit": standing.commit},
        "notes": list(standing.notes),
        "rollouts": rollouts,
    }
    return json_text(document)


def _json(item: Situation) -> dict[str, Any]:
    return {
        "name": item.policy.name,
        "stable": item.policy.stable,
        "candidate": item.candidate,
        "percent": float(item.percent),
        "weights": {
            version: item.route.split[item.route.destinations[version]] for version in item.policy.versions
        },
        "began": {"commit": item.timeline.began.sha, "at": rfc3339(item.timeline.began.when)},
        "since": rfc3339(item.since),
        "holds": [hold_json(hold) for hold in item.holds],
        "proposals": [proposal_json(proposal) for proposal in open_proposals(item)],
    }


def status_markdown(standing: Standing) -> str:
    """A markdown table."""
    lines = [
        f"Base {code(standing.branch)} at `{standing.commit[:9]}`, {moment(standing.at)}.",
        "",
        "| rollout | candidate | weight | since | holds | proposals |",
        "|---|---|---|---|---|---|",
    ]
    for item in standing.items:
        if isinstance(item, Unusable):
            problems = for_markdown("; ".join(item.problems), 400)
            lines.append(f"| {for_markdown(item.name)} | | | | ⛔ {problems} | |")
            continue
        holds = "<br>".join(for_markdown(hold_line(hold)) for hold in item.holds)
        proposals = "<br>".join(for_markdown(proposal_line(p)) for p in open_proposals(item))
        cells = [
            item.policy.name,
            item.candidate,
            format_percent(item.percent),
            moment(item.timeline.began.when),
        ]
        lines.append(f"| {' | '.join(for_markdown(cell) for cell in cells)} | {holds} | {proposals} |")
    return "\n".join(lines) + "\n"
