"""What the rest of the program may ask of metrics, whoever answers: Prometheus, or a recording."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from promoter.core.evidence import Answers, Query


class Metrics(Protocol):
    """Answers queries; what cannot be answered is a value (Unknown), not an exception."""

    def fetch(self, queries: Collection[Query]) -> Answers:
        """An entry for every query; never raises for an unreachable or lying server."""
        ...


class TenantMetrics(Metrics, Protocol):
    """Metrics of several tenants (the X-Scope-OrgID header of Mimir, Thanos and VictoriaMetrics' proxies)."""

    def with_tenant(self, tenant: str | None) -> TenantMetrics:
        """The same source, asked as `tenant` (None: without the header). Cheap; shares connections."""
        ...
