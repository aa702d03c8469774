"""evidence_json: one canonical text for one decision, whose digest a commit can carry."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.judge.verdict import Verdict, WindowReading
from promoter.core.outcome import Row
from promoter.proposal.evidence_json import digest, evidence_json
from promoter.report.secrets import redact
from promoter.report.sentences import verdict_line
from tests.build import a_health, a_situation, a_verdict
from tests.report.markup import acted_on
from tests.report.reports import HOSTILE, done, freezing, hostile_row, promoting, unknown, waiting

anything = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('`@#<>&:/[]\\"\n\x1b\u202e'))
ROWS = [promoting, waiting, freezing, done, unknown, hostile_row]


def evidence(row: Row) -> str:
    return evidence_json(row.situation, row.health, row.decision)


def with_verdict(verdict: Verdict) -> str:
    row = promoting()
    return evidence_json(row.situation, a_health(verdict), row.decision)


@pytest.mark.parametrize("row", ROWS)
def test_the_text_is_canonical(row: object) -> None:
    text = evidence(row())  # type: ignore[operator]
    document = json.loads(text, parse_constant=pytest.fail)
    again = json.dumps(document, sort_keys=True, indent=1) + "\n"
    assert [line.split(":")[0] for line in text.splitlines()] == [
        line.split(":")[0] for line in again.splitlines()
    ]
    assert text.isascii()


def test_a_document_without_live_text_is_written_as_json_writes_it() -> None:
    text = evidence(promoting())
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=1) + "\n"


@given(anything)
def test_no_forge_chat_or_log_acts_on_the_bytes_and_none_of_them_is_lost(words: str) -> None:
    text = with_verdict(a_verdict(note=words))
    assert acted_on(text) == []
    assert not re.search(r"[<>&`@#]|^\s*::", text, re.MULTILINE)
    assert json.loads(text)["checks"][0]["note"] == redact(words)


def test_known_secrets_and_what_looks_like_one_are_not_in_the_evidence() -> None:
    row, known = promoting(), "pa55 word&<x>"
    token = "ghp_" + "a1B2" * 9
    health = a_health(a_verdict(note=f"{known} {token}", query=f'x{{y="{known}"}}'))
    text = evidence_json(row.situation, health, row.decision, [known])
    assert token not in text
    assert "pa55" not in text
    assert json.loads(text)["checks"][0]["note"] == "[redacted] [redacted]"


@pytest.mark.parametrize("row", ROWS)
def test_the_same_decision_gives_the_same_bytes(row: object) -> None:
    assert evidence(row()) == evidence(row())  # type: ignore[operator]


def test_another_number_is_another_digest() -> None:
    first, second = (with_verdict(a_verdict(observed=value)) for value in (0.0002, 0.00021))
    assert digest(first) != digest(second)


def test_the_digest_is_the_sha256_of_the_bytes() -> None:
    text = evidence(promoting())
    assert digest(text) == sha256(text.encode()).hexdigest()


def test_everything_the_decision_was_based_on_is_there() -> None:
    row = freezing()
    document = json.loads(evidence(row))
    assert (document["version"], document["rollout"], document["decision"]) == (1, "line-c", "freeze")
    assert document["weights"] == {"yolo/v8-stable": 80, "yolo/v9-gray": 20}
    assert document["base"] == row.situation.base
    assert document["began"] == row.situation.timeline.began.sha
    assert document["to"] is None
    assert json.loads(evidence(promoting()))["to"] == {"yolo/v8-stable": 80, "yolo/v9-gray": 20}
    assert document["applied"]["seen"] == "applied"
    checks = document["checks"]
    assert [check["check"] for check in checks] == ["success-rate", "p99-latency"]
    assert [check["summary"] for check in checks] == [verdict_line(v) for v in row.health.verdicts]
    assert len(checks[0]["readings"]) == 5
    assert checks[0]["readings"][0]["total"] == 2000
    assert any("errors_total" in query for query in document["queries"])
    assert document["queries"] == sorted(document["queries"])


@given(st.floats())
def test_no_number_that_is_none_gets_in(value: float) -> None:
    reading = WindowReading(start=0.0, end=1.0, bad=value, total=value, value=value)
    text = with_verdict(a_verdict(observed=value, limit=value, readings=(reading,)))
    found = json.loads(text, parse_constant=pytest.fail)["checks"][0]
    expected = value if math.isfinite(value) else str(value)
    assert found["observed"] == expected
    assert found["readings"][0]["bad"] == expected


def test_durations_are_seconds_and_times_are_utc() -> None:
    document = json.loads(with_verdict(a_verdict(eta=timedelta(minutes=7))))
    assert document["checks"][0]["eta"] == 420.0
    assert document["at"] == "2026-01-07T09:00:00Z"
    unsettled = evidence_json(a_situation(), a_health(baked=None), promoting().decision)
    assert json.loads(unsettled)["baked_from"] is None


def test_hostile_text_is_data() -> None:
    row = hostile_row()
    document = json.loads(evidence(row))
    assert document["candidate"] == f"v9{HOSTILE}"
    assert document["checks"][0]["reason"] == HOSTILE
    half = replace(row.health.verdicts[0], reason="\ud800")
    assert digest(evidence_json(row.situation, a_health(half), row.decision))
