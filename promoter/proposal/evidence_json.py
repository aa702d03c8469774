"""The evidence behind a decision, as one canonical JSON text and its sha256."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from promoter.core.ask import ask
from promoter.core.decision import Decision
from promoter.core.evidence import RawSamples
from promoter.core.judge.verdict import Verdict, WindowReading
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.report.known import hide
from promoter.report.numbers import rfc3339
from promoter.report.reasons import reason_line
from promoter.report.secrets import redact
from promoter.report.sentences import verdict_line

VERSION = 1
# Only ever inside strings: mentions, references, HTML, code fences, links, CI directives.
_LIVE = re.compile(
    r"[@#<>&`]|(?<=:)/|(?<=GH)-(?=\d)|(?<=www)\.|\[(?=(?:skip|ci|no|actions)\b)", re.IGNORECASE
)


def evidence_json(situation: Situation, health: Health, decision: Decision, known: Sequence[str] = ()) -> str:
    """Everything the decision was based on: place, queries, verdicts with their windows, reasons.

    The same inputs give the same bytes: keys are sorted, text is ASCII with escapes, numbers are JSON numbers
    (non-finite ones text). What looks like a secret or is one of the `known` is hidden, and whatever a forge, a chat or a CI log would
    act on is escaped, so that these bytes can stand in a body or a commit message as they are.
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
    text = json.dumps(_plain(document, known), sort_keys=True, indent=1, allow_nan=False)
    return _LIVE.sub(_escaped, text) + "\n"


def digest(evidence: str) -> str:
    """The sha256 of an evidence text, as commits and holds carry it."""
    return sha256(evidence.encode("utf-8", "replace")).hexdigest()


def _text(query: Any) -> str:
    return query.selector if isinstance(query, RawSamples) else query.expr


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "summary": verdict_line(verdict)}


def _plain(value: Any, known: Sequence[str]) -> Any:
    """JSON-able, whatever the dataclasses hold: durations in seconds, non-finite numbers as text."""
    if isinstance(value, WindowReading):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {str(key): _plain(item, known) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, known) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return redact(hide(str(value), known))
    if value is None or isinstance(value, (bool, int)):
        return value
    return value.total_seconds()


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
