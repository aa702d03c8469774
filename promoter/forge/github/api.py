"""Asking GitHub: reads are asked again where they were lost, writes are sent once, time is bounded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from github import GithubException
from github.Requester import Requester

from promoter.errors import ForgeError
from promoter.forge.github.connection import TooMuchError
from promoter.forge.github.refusals import Answer, RefusedError, UnclearError, refused
from promoter.report.known import hide
from promoter.report.numbers import one_line
from promoter.report.secrets import redact

_PAUSES = (0.5, 2.0)  # before a read is asked again, seconds
_SECONDARY_SECONDS = 60.0  # what GitHub asks for where it names no time
_LOST = (500, 502, 503, 504)
_UNREACHED: tuple[tuple[type[requests.RequestException], str], ...] = (
    (requests.exceptions.SSLError, "its certificate is not trusted (PROMOTER_GITHUB_CA_FILE adds one)"),
    (requests.exceptions.ProxyError, "the proxy does not let it through"),
    (TooMuchError, "the answer did not come to its end"),
    (requests.exceptions.Timeout, "it did not answer in time"),
    (requests.exceptions.ConnectionError, "it cannot be reached, or broke the connection off"),
)


@dataclass(slots=True)
class Api:
    """One repository's API. `until` is when the tick's time for GitHub is up, on the monotonic clock."""

    requester: Requester
    repository: str  # owner/name
    seconds: float
    pace: float = 0.0  # seconds from one write to the next
    secrets: tuple[str, ...] = field(default=(), repr=False)  # hidden in whatever GitHub says
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    until: float = field(init=False)
    _wrote: float = field(default=-1e9, init=False)

    def __post_init__(self) -> None:
        self.until = self.clock() + self.seconds

    @property
    def place(self) -> Mapping[str, str]:
        """The repository as the documents' variables."""
        owner, _, name = self.repository.partition("/")
        return {"owner": owner, "name": name}

    def begin(self, doing: str) -> None:
        """Before anything that takes several writes. Raises ForgeError where the tick's time is up."""
        if self.clock() > self.until:
            raise ForgeError(
                f"no time is left to {doing}: GitHub took longer than {self.seconds:g} s",
                hint="the next tick goes on; PROMOTER_GITHUB_SECONDS is the limit",
            )

    def get(self, path: str, doing: str) -> Any:
        """A REST read, below the repository. Raises ForgeError."""
        return self._read(lambda: self._json("GET", f"/repos/{self.repository}{path}", None), doing)

    def query(self, document: str, variables: Mapping[str, Any], doing: str, *, again: bool = True) -> Any:
        """A GraphQL read: its `data`. Raises ForgeError, UnclearError where it is not to be asked again as it is."""
        self.begin(doing)
        read = self._read if again else self._patiently
        return read(lambda: self._graphql(document, variables), doing)

    def write(self, verb: str, path: str, payload: Mapping[str, Any], doing: str) -> Any:
        """A REST write, below the repository, sent once.

        Raises RefusedError where GitHub said no, UnclearError where nobody knows.
        """
        return self.write_anywhere(verb, f"/repos/{self.repository}{path}", payload, doing)

    def write_anywhere(self, verb: str, path: str, payload: Mapping[str, Any], doing: str) -> Any:
        """The same outside of the repository."""
        self._keep_pace()
        return self._patiently(lambda: self._json(verb, path, payload), doing)

    def mutate(self, document: str, payload: Mapping[str, Any], doing: str) -> Any:
        """A GraphQL write, sent once; see `write`."""
        self._keep_pace()
        return self._patiently(lambda: self._graphql(document, {"input": dict(payload)}), doing)

    def _keep_pace(self) -> None:
        """GitHub asks integrations to let a second pass between writes."""
        wait = self._wrote + self.pace - self.clock()
        if wait > 0:
            self.sleep(wait)
        self._wrote = self.clock()

    def _json(self, verb: str, path: str, payload: Mapping[str, Any] | None) -> Any:
        body = None if payload is None else dict(payload)
        return self.requester.requestJsonAndCheck(verb, path, input=body)[1]

    def _graphql(self, document: str, variables: Mapping[str, Any]) -> Any:
        _, answer = self.requester.graphql_query(document, dict(variables))
        return answer["data"]

    def _read(self, ask: Callable[[], Any], doing: str) -> Any:
        for pause in (*_PAUSES, None):
            try:
                return self._patiently(ask, doing)
            except UnclearError as error:
                if pause is None or self.clock() + pause > self.until:
                    raise ForgeError(f"cannot {doing}: {error}", hint="the next tick tries again") from error
            self.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _patiently(self, ask: Callable[[], Any], doing: str) -> Any:
        """Once more after every refusal for the rate alone: such a request was not carried out."""
        while True:
            try:
                return self._once(ask, doing)
            except RefusedError as error:
                wait = waiting(error.answer)
                if wait is None or self.clock() + wait > self.until:
                    raise
            self.sleep(wait)

    def _once(self, ask: Callable[[], Any], doing: str) -> Any:
        try:
            return ask()
        except GithubException as error:
            answer = answer_of(error, self.secrets)
            if answer.status in _LOST or answer.status == 0:
                raise UnclearError(f"GitHub answered {answer.status or one_line(answer.message)}") from None
            raise refused(answer, doing, self.repository) from None
        except requests.RequestException as error:
            raise UnclearError(f"no answer from GitHub: {_why(error)}") from None
        except (AssertionError, RuntimeError, KeyError, TypeError, AttributeError) as error:
            # PyGithub's words for a redirect elsewhere, and for what is not GitHub's JSON.
            said = one_line(_hidden(str(error), self.secrets), 200)
            raise UnclearError(f"GITHUB_API_URL does not answer like GitHub: {said}") from None


def _why(error: requests.RequestException) -> str:
    return next((words for kind, words in _UNREACHED if isinstance(error, kind)), type(error).__name__)


def waiting(answer: Answer) -> float | None:
    """How many seconds to wait until a request that was refused for its rate may be sent again."""
    if not answer.limited:
        return None
    given = answer.headers.get("retry-after", "")
    if given.isdecimal():
        return float(given)
    reset, date = answer.headers.get("x-ratelimit-reset", ""), answer.headers.get("date", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        with suppress(ValueError):
            return max(1.0, float(reset) - parsedate_to_datetime(date).timestamp() + 1.0)
    return _SECONDARY_SECONDS


def _hidden(text: str, secrets: tuple[str, ...]) -> str:
    """Words from outside, before anybody cuts them: a piece of a secret is one too."""
    return redact(hide(text[:100_000], secrets))


def answer_of(error: GithubException, secrets: tuple[str, ...] = ()) -> Answer:
    """PyGithub's exception as what GitHub said. GraphQL's errors come with the status of their type."""
    data = error.data if isinstance(error.data, dict) else {}
    headers = {key.lower(): str(value) for key, value in (error.headers or {}).items()}
    listed = data.get("errors")
    listed = listed if isinstance(listed, list) else [listed] if listed else []
    details = [item for item in listed if isinstance(item, dict)]
    said = tuple(
        _hidden(
            str((item.get("message") or item.get("code") or "") if isinstance(item, dict) else item), secrets
        )
        for item in listed
    )
    if "message" in data or not details:
        message = _hidden(str(data.get("message") or error.message or error.data or ""), secrets)
        return Answer(status=error.status, message=message, errors=said, headers=headers)
    types = {str(item.get("type") or "") for item in details}
    if any(isinstance(item.get("extensions"), dict) for item in details):
        types.add("UNPROCESSABLE")  # it does not understand the document: too old, or not GitHub
    paths = tuple(dict.fromkeys(_path(item) for item in details))
    return Answer(status=_status(types), message=said[0], errors=said[1:], paths=paths, headers=headers)


def _path(detail: Mapping[str, Any]) -> str:
    """The part of the document that an error is about, without places in lists."""
    path = detail.get("path")
    return ".".join(part for part in path if isinstance(part, str)) if isinstance(path, list) else ""


_STATUS = {
    "NOT_FOUND": 404,
    "FORBIDDEN": 403,
    "INSUFFICIENT_SCOPES": 403,
    "RATE_LIMITED": 429,
    "RESOURCE_LIMITS_EXCEEDED": 0,  # parts are missing: it took GitHub too long
    "MAX_NODE_LIMIT_EXCEEDED": 422,
    "UNPROCESSABLE": 422,
    "STALE_DATA": 422,
    "VALIDATION": 422,
}


def _status(types: set[str]) -> int:
    """The REST status of a GraphQL refusal; 0 where GitHub names no type: something went wrong inside."""
    known = [_STATUS.get(name, 422) for name in types if name]
    return known[0] if known else 0
