"""Connections and errors as GraphQL has them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLError

from tests.fakes.github.state import Refused

View = dict[str, Any]
MOST = 100  # of a connection


def fails(kind: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": kind})


def connection(name: str, items: Sequence[Any], show: Callable[[Any], View], a: dict[str, Any]) -> View:
    """A page of the items; GitHub wants to be told how many, at most a hundred."""
    first, last = a.get("first"), a.get("last")
    if first is None and last is None:
        told = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise fails("MISSING_PAGINATION_BOUNDARIES", told)
    for which, number in (("first", first), ("last", last)):
        if number is not None and not 0 <= number <= MOST:
            told = f"Requesting {number} records on the `{name}` connection exceeds the `{which}` limit of {MOST} records."
            raise fails("EXCESSIVE_PAGINATION", told)
    start = _place(a["after"]) if a.get("after") else 0
    end = _place(a["before"]) - 1 if a.get("before") else len(items)
    if first is not None:
        end = min(end, start + first)
    else:
        start = max(start, end - (last or 0))
    page = range(start, max(start, end))
    return {
        "totalCount": len(items),
        "nodes": [show(items[i]) for i in page],
        "edges": [{"node": show(items[i]), "cursor": _cursor(i + 1)} for i in page],
        "pageInfo": {
            "hasNextPage": end < len(items),
            "hasPreviousPage": start > 0,
            "startCursor": _cursor(start + 1) if page else None,
            "endCursor": _cursor(end) if page else None,
        },
    }


def _cursor(place: int) -> str:
    return base64.b64encode(f"cursor:{place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:"))
    except ValueError as error:
        raise fails(
            "INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor."
        ) from error


def refused(error: Refused) -> GraphQLError:
    """A refusal as GraphQL tells it."""
    told = "; ".join(
        problem if isinstance(problem, str) else problem.get("message", problem.get("code", ""))
        for problem in error.errors or ()
    )
    return fails(error.kind, told or error.message)
