"""Metrics from recorded evidence, and metrics that record what they fetch."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from promoter.core.evidence import Answer, Answers, Query, Unknown
from promoter.metrics.protocol import Metrics, TenantMetrics
from promoter.metrics.recording import Recording


class RecordedMetrics:
    """Answers exactly as recorded; what is not in the recording is unknown. `name` is the file's."""

    def __init__(self, recording: Recording, name: str, *, tenant: str | None = None) -> None:
        self._recording = recording
        self._name = name
        self._tenant = tenant

    def with_tenant(self, tenant: str | None) -> RecordedMetrics:
        """What was recorded as asked by `tenant`."""
        return RecordedMetrics(self._recording, self._name, tenant=tenant)

    def fetch(self, queries: Collection[Query]) -> Answers:
        """An entry for every query."""
        recorded = self._recording.answers.get(self._tenant, {})
        missing = Unknown(f"not in the recorded evidence {self._name}")
        return {query: recorded.get(query, missing) for query in queries}


_Memory = dict[str | None, dict[Query, Answer | Unknown]]


class RecordingMetrics:
    """Passes queries on and remembers the answers, of all tenants; the last answer to a query counts."""

    def __init__(
        self, source: TenantMetrics, *, tenant: str | None = None, memory: _Memory | None = None
    ) -> None:
        self._source = source
        self._tenant = tenant
        self._asked: Metrics = source.with_tenant(tenant)
        self._memory: _Memory = {} if memory is None else memory

    def with_tenant(self, tenant: str | None) -> RecordingMetrics:
        """The same source asked as another tenant, with the same memory."""
        return RecordingMetrics(self._source, tenant=tenant, memory=self._memory)

    def fetch(self, queries: Collection[Query]) -> Answers:
        """What the source answers."""
        answers = self._asked.fetch(queries)
        self._memory.setdefault(self._tenant, {}).update(answers)
        return answers

    def recording(self, at: datetime) -> Recording:
        """Everything fetched so far, by any tenant; `at` is the moment it was about."""
        return Recording(at=at, answers={tenant: dict(answers) for tenant, answers in self._memory.items()})
