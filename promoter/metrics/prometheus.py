"""Metrics from Prometheus, or what speaks its HTTP API: Thanos, Mimir, VictoriaMetrics.

The client library builds the requests; the session beneath it sees to time, size, origin and completeness.
"""

from __future__ import annotations

import base64
import math
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import partial

from prometheus_api_client import PrometheusConnect
from requests import RequestException

from promoter.core.evidence import Answer, Answers, InstantValue, Query, RangeValues, Unknown
from promoter.errors import SettingsError
from promoter.metrics.batching import Limits, RawRequest, Request, plan
from promoter.metrics.envelope import Result
from promoter.metrics.reasons import Blame, NotAnsweredError, clean
from promoter.metrics.session import OneOriginSession
from promoter.metrics.workers import Effort, gather
from promoter.settings import PrometheusSettings

# VictoriaMetrics moves the times of a range query to its cache's grid, unless told so; others ignore it.
_EXACT_TIMES = {"nocache": "1"}


class PrometheusMetrics:
    """Asks one server, as one tenant. `fetch` may be called from several threads."""

    def __init__(
        self,
        settings: PrometheusSettings,
        *,
        tenant: str | None = None,
        limits: Limits | None = None,
        session: OneOriginSession | None = None,
    ) -> None:
        self._settings = settings
        self._tenant = tenant
        self._limits = limits or Limits()
        self._session = session or OneOriginSession(settings)

    def with_tenant(self, tenant: str | None) -> PrometheusMetrics:
        """The same server and connections, asked with another X-Scope-OrgID header (None: without)."""
        return PrometheusMetrics(self._settings, tenant=tenant, limits=self._limits, session=self._session)

    def close(self) -> None:
        """Give the connections back, for all tenants."""
        self._session.close()

    def fetch(self, queries: Collection[Query]) -> Answers:
        """An entry for every query, within the settings' deadline, whatever the server does."""
        work = plan(queries, self._limits)
        answers: dict[Query, Answer | Unknown] = dict(work.known)
        try:
            token = self._settings.token()
        except SettingsError as error:  # the file was there when the program began
            return {query: answers.get(query, Unknown(clean(str(error)))) for query in queries}
        secrets = _secrets(self._settings, token)
        client = PrometheusConnect(self._settings.url, headers=self._headers(token), session=self._session)
        effort = Effort(workers=self._settings.connections, seconds=self._settings.deadline_seconds)
        fetched = gather(work.requests, partial(self._ask, client), effort)
        for query, answer in fetched.items():
            answers[query] = Unknown(clean(answer.reason, secrets)) if isinstance(answer, Unknown) else answer
        return {query: answers[query] for query in queries}

    def _headers(self, token: str | None) -> dict[str, str]:
        headers = {"X-Scope-OrgID": self._tenant} if self._tenant else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        elif self._settings.username:
            headers["Authorization"] = f"Basic {_basic(self._settings)}"
        return headers

    def _ask(self, client: PrometheusConnect, request: Request, until: float) -> Mapping[Query, Answer]:
        seconds = min(self._settings.request_seconds, until - time.monotonic())
        if seconds <= 0:
            raise NotAnsweredError("no time left to ask", Blame.REQUEST)
        timeout = (self._settings.connect_seconds, seconds)
        params = {**_EXACT_TIMES, "timeout": f"{math.ceil(seconds)}s"}
        try:
            result = _send(client, request, params, timeout)
        except UnicodeError as error:
            raise NotAnsweredError("a query that is no text cannot be asked", Blame.QUERY) from error
        except RequestException as error:  # before anything was sent: the URL or a header cannot be
            raise NotAnsweredError(f"Prometheus cannot be asked: {error}", Blame.SERVER) from error
        if result.kind not in _kinds(request):
            raise NotAnsweredError(f"malformed answer: a {result.kind} was not asked for", Blame.QUERY)
        try:
            return request.answers(result.series)
        except ValueError as error:
            raise NotAnsweredError(f"malformed answer: {error}", Blame.QUERY) from error


def _send(
    client: PrometheusConnect, request: Request, params: dict[str, str], timeout: tuple[float, float]
) -> Result:
    if isinstance(request, RawRequest):
        answer = client.custom_query(request.text, {**params, "time": _number(request.end)}, timeout)
        return _result(answer)
    match request.queries[0]:
        case InstantValue(at=at):
            return _result(client.custom_query(request.text, {**params, "time": _number(at)}, timeout))
        case RangeValues(start=start, end=end, step=step):
            # The client rounds its times to whole seconds; the parameters that follow win over them.
            exact = {"start": _number(start), "end": _number(end), "step": _number(step)}
            moments = (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
            return _result(
                client.custom_query_range(request.text, *moments, exact["step"], {**params, **exact}, timeout)
            )


def _result(answer: object) -> Result:
    """What the session put where the client looks for the list of series."""
    if not isinstance(answer, Result):
        raise TypeError("the client handed on something that the session did not check")
    return answer


def _kinds(request: Request) -> frozenset[str]:
    if isinstance(request, RawRequest) or isinstance(request.queries[0], RangeValues):
        return frozenset({"matrix"})
    return frozenset({"vector", "scalar"}) if len(request.queries) == 1 else frozenset({"vector"})


def _number(value: float) -> str:
    """A time or a duration without an exponent: whole where it is whole, else to the millisecond."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _basic(settings: PrometheusSettings) -> str:
    return base64.b64encode(f"{settings.username}:{settings.password}".encode()).decode()


def _secrets(settings: PrometheusSettings, token: str | None) -> frozenset[str]:
    """What a server could echo and nobody may read."""
    basic = _basic(settings) if settings.username else None
    return frozenset(secret for secret in (token, settings.password, basic) if secret)
