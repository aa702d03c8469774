from collections.abc import Collection
from datetime import UTC, datetime

from promoter.core.evidence import Answer, Answers, InstantValue, Query, Series, Unknown
from promoter.metrics.protocol import TenantMetrics
from promoter.metrics.recorded import RecordedMetrics, RecordingMetrics
from promoter.metrics.recording import Recording, read_recording, recording_json

AT = datetime(2026, 1, 7, 8, 19, 39, tzinfo=UTC)
UP, DOWN = InstantValue("up", 60.0), InstantValue("down", 60.0)


class Plant:
    """Answers each query with the tenant that asked."""

    def __init__(self, tenant: str | None = None) -> None:
        self.tenant = tenant

    def with_tenant(self, tenant: str | None) -> TenantMetrics:
        return Plant(tenant)

    def fetch(self, queries: Collection[Query]) -> Answers:
        answer = Answer((Series((("tenant", str(self.tenant)),), (60.0,), (1.0,)),))
        return {query: Unknown("no answer") if query == DOWN else answer for query in queries}


def test_a_recording_answers_as_the_source_did() -> None:
    recording = RecordingMetrics(Plant())
    live = [recording.fetch([UP, DOWN]), recording.with_tenant("a").fetch([UP])]

    text = recording_json(recording.recording(AT))
    replay = RecordedMetrics(read_recording("evidence.json", text), "evidence.json")

    assert [replay.fetch([UP, DOWN]), replay.with_tenant("a").fetch([UP])] == live
    assert read_recording("evidence.json", text).at == AT


def test_what_is_not_recorded_is_unknown() -> None:
    replay = RecordedMetrics(Recording(at=AT, answers={None: {UP: Answer(())}}), "evidence.json")
    missing = Unknown("not in the recorded evidence evidence.json")
    assert replay.fetch([UP, DOWN]) == {UP: Answer(()), DOWN: missing}
    assert replay.with_tenant("a").fetch([UP]) == {UP: missing}


def test_the_last_answer_to_a_query_is_the_recorded_one() -> None:
    recording = RecordingMetrics(Plant())
    recording.fetch([UP])
    before = recording.recording(AT)
    recording.fetch([UP, DOWN])
    assert set(before.answers[None]) == {UP}
    assert set(recording.recording(AT).answers[None]) == {UP, DOWN}


def test_a_tenant_asked_before_recording_is_asked_anew_for_none() -> None:
    assert RecordingMetrics(Plant("a")).fetch([UP]) == Plant().fetch([UP])
