"""A tick as JSON: stable keys, version 1; `run` adds what was done as `outcome`."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from promoter.core.holds import Hold
from promoter.core.judge.verdict import Proof, Verdict
from promoter.core.outcome import Broken, Row, TickReport
from promoter.core.proposals import ProposalKind, ProposalView
from promoter.core.subject import Seen
from promoter.core.weights import Split
from promoter.report.ahead import forecast_of, forecasts_json
from promoter.report.json_text import json_text
from promoter.report.numbers import rfc3339
from promoter.report.reasons import reason_line
from promoter.report.sentences import verdict_line

VERSION = 1
PROOF_KEYS = tuple(field.name for field in fields(Proof) if field.name != "trail")
KEYS = (
    "name",
    "stable",
    "candidate",
    "weights",
    "since",
    "applied",
    "decision",
    "to",
    "reasons",
    "alarms",
    "eta_seconds",
    "checks",
    "ahead",
    "hold",
    "proposal",
    "diff",
)


def plan_json(report: TickReport) -> str:
    """The report as one JSON document, two-space indented."""
    document = {
        "version": VERSION,
        "at": rfc3339(report.at),
        "base": {"branch": report.branch, "commit": report.commit},
        "notes": list(report.notes),
        "rollouts": [_rollout(row, acted=report.acted) for row in report.rows],
    }
    return json_text(document)


def _rollout(row: Row | Broken, *, acted: bool) -> dict[str, Any]:
    return _broken(row, acted=acted) if isinstance(row, Broken) else _row(row, acted=acted)


def _broken(row: Broken, *, acted: bool) -> dict[str, Any]:
    """The same keys as for a rollout that could be read; what is not known is null."""
    found: dict[str, Any] = dict.fromkeys(KEYS)
    found |= {
        "name": row.rollout.name,
        "decision": row.decision.kind.value,
        "reasons": list(row.rollout.problems),
        "alarms": [],
        "checks": [],
        "ahead": [],
    }
    return {**found, "outcome": []} if acted else found


def _row(row: Row, *, acted: bool) -> dict[str, Any]:
    situation, decision = row.situation, row.decision
    policy = situation.policy
    holds = situation.holds
    found = {
        "name": policy.name,
        "stable": policy.stable,
        "candidate": situation.candidate,
        "weights": _by_version(row, situation.route.split),
        "since": rfc3339(situation.since),
        "applied": row.health.applied.seen in (Seen.APPLIED, Seen.NOT_ASKED),
        "decision": decision.kind.value,
        "to": _by_version(row, decision.to) if decision.to else None,
        "reasons": [reason_line(reason) for reason in decision.reasons],
        "alarms": [reason_line(reason) for reason in decision.reasons if reason.alarm],
        "eta_seconds": round(decision.eta.total_seconds()) if decision.eta is not None else None,
        "checks": [_check(verdict) for verdict in row.health.verdicts],
        "ahead": forecasts_json(forecast_of(row)),
        "hold": hold_json(holds[0]) if holds else None,
        "proposal": _open_proposal(row),
        "diff": row.diff or None,
    }
    if not acted:
        return found
    outcome = [
        {"did": outcome.did.value, "subject": outcome.subject, "detail": outcome.detail}
        for outcome in row.outcomes
    ]
    return {**found, "outcome": outcome}


def _by_version(row: Row, split: Split) -> dict[str, int]:
    destinations = row.situation.route.destinations
    return {version: split[destinations[version]] for version in row.situation.policy.versions}


def _check(verdict: Verdict) -> dict[str, Any]:
    eta = verdict.eta
    return {
        "name": verdict.check,
        "verdict": verdict.outcome.value,
        "cause": verdict.cause.value,
        "observed": _finite(verdict.observed),
        "stable": _finite(verdict.stable),
        "limit": _finite(verdict.limit),
        "unit": verdict.unit.value,
        "lower": verdict.lower,
        "edge": _finite(verdict.edge),
        "edge_unit": verdict.edge_unit.value if verdict.edge is not None else None,
        "samples": verdict.samples,
        "needed": verdict.needed,
        "eta_seconds": round(eta.total_seconds()) if eta is not None else None,
        "summary": verdict_line(verdict),
        "note": verdict.note,
        "query": verdict.query,
        "proof": _proof(verdict.proof) if verdict.proof else None,
    }


def _proof(proof: Proof) -> dict[str, Any]:
    """The numbers behind a sequential verdict; evidence as decimal logarithms."""
    numbers = {name: getattr(proof, name) for name in PROOF_KEYS}
    trail = [[moment.at, _finite(moment.within), _finite(moment.over)] for moment in proof.trail]
    return {
        **{name: _finite(value) if isinstance(value, float) else value for name, value in numbers.items()},
        "trail": trail,
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def hold_json(hold: Hold) -> dict[str, Any]:
    """One hold, with its lift where a human lifted it."""
    lifted = hold.lifted
    return {
        "kind": hold.kind.value,
        "candidate": hold.candidate or None,
        "commit": hold.commit,
        "since": rfc3339(hold.since),
        "by": hold.by,
        "reason": hold.reason,
        "evidence": hold.evidence or None,
        "lifted": {"at": rfc3339(lifted.when), "by": lifted.by, "reason": lifted.reason} if lifted else None,
    }


def proposal_json(proposal: ProposalView) -> dict[str, Any]:
    """One proposal as the forge shows it."""
    return {
        "branch": proposal.branch,
        "kind": proposal.kind.value,
        "state": proposal.state.value,
        "draft": proposal.draft,
        "head": proposal.head,
        "touched": proposal.touched,
        "status": proposal.status.state.value if proposal.status else None,
        "url": proposal.url or None,
    }


def _open_proposal(row: Row) -> dict[str, Any] | None:
    situation = row.situation
    for kind in ProposalKind:
        for proposal in situation.view.open(kind):
            if proposal.candidate == situation.candidate:
                return proposal_json(proposal)
    return None
