"""Why a request brought no trustworthy answer, in words that are safe to show anywhere."""

from __future__ import annotations

import os
from collections.abc import Collection
from enum import StrEnum

from promoter.report.numbers import one_line


class Blame(StrEnum):
    """What a failure says about the rest of the work."""

    QUERY = "query"  # this query or the size of its answer: asking for less may succeed
    REQUEST = "request"  # this request was lost; asking again would only add to the load
    SERVER = "server"  # nothing this server is asked will be answered


class NotAnsweredError(Exception):
    """A request without a trustworthy answer.

    `reason` may quote the server: it is cleaned before anyone sees it. `transient`: the request was lost
    on the way, and sending it again is worth a try.
    """

    def __init__(self, reason: str, blame: Blame, *, transient: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.blame = blame
        self.transient = transient


def clean(text: str, secrets: Collection[str] = ()) -> str:
    """Foreign text on one short line: no secret, no control or direction-changing characters."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return one_line(text)


def root_cause(error: BaseException) -> str:
    """What the operating system or the TLS library said, beneath the wrappings of the HTTP libraries."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = (getattr(error, "reason", None), *reversed(error.args), error.__cause__)
        error = next((one for one in inner if isinstance(one, BaseException)), error)
    if isinstance(error, OSError) and error.strerror and type(error).__module__ != "ssl":
        return error.strerror if error.errno is None or error.errno < 0 else os.strerror(error.errno)
    return str(error) or type(error).__name__
