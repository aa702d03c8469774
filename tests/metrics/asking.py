"""One adapter asked about one server, and what it makes of the answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from promoter.core.evidence import Answer, InstantValue, Query, Series, Unknown
from promoter.metrics.prometheus import PrometheusMetrics
from promoter.settings import PrometheusSettings
from tests.lying_server import Reply, Request

QUERY = InstantValue("up", 1000.0)
SECRET = "s3cret-token"
UP = Answer((Series((("__name__", "up"),), (1000.0,), (1.0,)),))


def settings(url: str, **changes: Any) -> PrometheusSettings:
    quick = PrometheusSettings(url=url, connect_seconds=1.0, request_seconds=1.0, deadline_seconds=3.0)
    return replace(quick, **changes)


def fetched(given: PrometheusSettings, *queries: Query, tenant: str | None = None) -> list[Answer | Unknown]:
    metrics = PrometheusMetrics(given, tenant=tenant)
    answers = metrics.fetch(queries or (QUERY,))
    metrics.close()
    assert list(answers) == list(queries or (QUERY,))
    return list(answers.values())


def reason(given: PrometheusSettings, *queries: Query) -> str:
    """The one reason for which nothing is known; no secret is ever in it."""
    reasons = {answer.reason for answer in fetched(given, *queries) if isinstance(answer, Unknown)}
    (text,) = reasons
    assert SECRET not in text
    return text


def healthy(request: Request) -> None:
    request.send_vector(({"__name__": "up"}, "1"))


def replying(body: bytes | str, status: int = 200, **headers: Any) -> Reply:
    return lambda request: request.send(body, status, **headers)
