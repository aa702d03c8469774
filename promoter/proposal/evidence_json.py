"""The evidence behind a decision, as one canonical JSON text and its sha256."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from hashlib import sha256
from typing import Any

from promoter.core.ask import ask
from promoter.core.decision import Decision
from promoter.core.evidence import RawSamples
from promoter.core.judge.verdict import Verdict
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.report.numbers import rfc3339
from promoter.report.reasons import reason_line
from promoter.report.sentences import verdict_line

VERSION = 1


def evidence_json(situation: Situation, health: Health, decision: Decision) -> str:
    """Everything the decision was based on: place, queries, verdicts with their windows, reasons.

    The same inputs give the same bytes: keys are sorted, text is ASCII with escapes, numbers are JSON numbers
    (non-finite ones text).
    """
    policy = situation.policy
    document = {
        "version": VERSION,
        "at": rfc3339(situation.at),
        "rollout": policy.name,
        "candidate": situation.candidate,
        "identity": situation.timeline.identity,
        "stable": policy.stable,
        "base": situation.base,
        "began": situation.timeline.began.sha,
        "since": rfc3339(situation.since),
        "weights": dict(situation.route.split.weights),
        "applied": {
            "seen": health.applied.seen.value,
            "since": rfc3339(health.applied.since) if health.applied.since else None,
            "observed_percent": health.applied.observed,
            "requests": health.applied.requests,
        },
        "baked_from": rfc3339(health.baked_from) if health.baked_from else None,
        "decision": decision.kind.value,
        "to": dict(decision.to.weights) if decision.to else None,
        "reasons": [reason_line(reason) for reason in decision.reasons],
        "checks": [_verdict(verdict) for verdict in health.verdicts],
        "queries": sorted({_text(query) for query in ask(situation.subject())}),
    }
    return json.dumps(_plain(document), sort_keys=True, indent=1, allow_nan=False) + "\n"


def digest(evidence: str) -> str:
    """The sha256 of an evidence text, as commits and holds carry it."""
    return sha256(evidence.encode("utf-8")).hexdigest()


def _text(query: Any) -> str:
    return query.selector if isinstance(query, RawSamples) else query.expr


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "summary": verdict_line(verdict)}


def _plain(value: Any) -> Any:
    """JSON-able, whatever the dataclasses hold: durations in seconds, non-finite numbers as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return value.total_seconds()
