"""What may go wrong on the way: lost replies, refusals for load, slow answers, people who act in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """For the next `times` requests that match (after `skip` of them): something happens.

    `reply`: "drop" (the connection breaks before anything is done), "lose" (it is done, the reply is lost),
    "after" (it is done, but the reply is `status`), or "" for `status` instead of doing it.
    `before` and `after` are called around the work, without the server's lock. `seconds` delays the reply.
    """

    method: str = ""
    path: str = ""  # a regular expression, searched in path and query; for GraphQL in the document too
    reply: str = ""
    status: int = 0
    message: str = "Server Error"
    body: object = None  # in place of the message
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    drops: Iterable[bytes] | None = None  # the body instead, piece by piece, each after `seconds`
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None
    hits: int = 0

    def matches(self, method: str, text: str) -> bool:
        """Whether this request is the one; counts."""
        if (
            self.times <= 0
            or (self.method and self.method != method)
            or not re.search(self.path, text, re.MULTILINE)
        ):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        self.hits += 1
        return True


def server_error(path: str = "", *, times: int = 1, status: int = 502, method: str = "") -> Fault:
    return Fault(method, path, status=status, message="Server Error", times=times)


def lost_reply(path: str = "", *, method: str = "", times: int = 1) -> Fault:
    """Applied; the connection breaks before the reply."""
    return Fault(method, path, reply="lose", times=times)


def late_error(path: str = "", *, method: str = "", status: int = 502) -> Fault:
    """Applied; the reply says that it failed."""
    return Fault(method, path, reply="after", status=status)


def dropped(path: str = "", *, method: str = "", times: int = 1) -> Fault:
    """The connection breaks before anything is done."""
    return Fault(method, path, reply="drop", times=times)


def secondary_limit(path: str = "", *, seconds: int | None = 1, times: int = 1, status: int = 403) -> Fault:
    told = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return Fault(path=path, status=status, message=told, headers=headers, times=times)


def too_many(path: str = "", *, seconds: int | None = 1, times: int = 1) -> Fault:
    return secondary_limit(path, seconds=seconds, times=times, status=429)


def graphql_limit(*, times: int = 1) -> Fault:
    """GraphQL's way to say it: 200, and an error of this type."""
    told = {"type": "RATE_LIMITED", "message": "API rate limit already exceeded for installation ID 77."}
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}
    return Fault("POST", "/graphql", status=200, body={"errors": [told]}, headers=headers, times=times)


def primary_limit(path: str = "", *, reset: int, times: int = 1) -> Fault:
    """The hour's requests are used up until `reset` (Unix seconds)."""
    told = "API rate limit exceeded for installation ID 77."
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset), "X-RateLimit-Limit": "5000"}
    return Fault(path=path, status=403, message=told, headers=headers, times=times)
