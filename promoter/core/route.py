"""Where a route and a workload stand in the repository: references, not their contents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRef:
    """One weighted route: `http` is a route's name (`detect`), index (`http[0]`, `rules[1]`) or None."""

    file: str
    kind: str
    name: str
    namespace: str | None = None
    http: str | int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRef:
    """What runs behind a version: the document whose pod template names its images."""

    file: str
    kind: str
    name: str
    namespace: str | None = None
