"""The fake GitHub on loopback: PyGithub itself talks to it. Every request and response is held against GitHub's own description.

with serving(Hub.create(tmp_path)) as github:
    github.hub.token("ghs_…")
    ... GITHUB_API_URL=github.url ...
An unknown route, an unknown parameter or a malformed answer is a complaint; leaving the block fails with it.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fakes.github import contract, graphql, transport
from tests.fakes.github import routes_git as _git  # noqa: F401 - the routes that it adds
from tests.fakes.github import routes_items as _items  # noqa: F401
from tests.fakes.github import routes_repository as _repository  # noqa: F401
from tests.fakes.github.calls import NEEDS, Call, authenticate, authorize
from tests.fakes.github.faults import Fault
from tests.fakes.github.hub import Hub
from tests.fakes.github.routing import ROUTES
from tests.fakes.github.state import Pull, Refused, State, Token

LISTS = {
    "pulls/list",
    "issues/list-for-repo",
    "issues/list-events",
    "issues/list-events-for-timeline",
    "repos/list-pull-requests-associated-with-commit",
    "git/list-matching-refs",
}


SINGLE = {
    "pulls/get",
    "issues/get",
    "git/get-ref",
    "repos/get-branch",
    "repos/get-combined-status-for-ref",
    "repos/list-commit-statuses-for-ref",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came, and the status it got (0: none)."""

    at: float
    method: str
    path: str
    operation: str  # the OpenAPI operation, or graphql:<name of the operation or first field>
    login: str
    status: int
    writes: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    drops: Iterable[bytes] | None = None
    pause: float = 0.0


@dataclass
class GitHub:
    """A hub on the wire."""

    hub: Hub
    prefix: str = ""  # /api/v3 as on GitHub Enterprise
    faults: list[Fault] = field(default_factory=list)
    log: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    remaining: int = 4999
    away: float = 0.0  # seconds before every answer
    counts: str = ""  # a path for the number of requests since it was last reset, "" for none
    watch: Callable[[], None] | None = None  # called after every request, with the hub still locked

    @property
    def url(self) -> str:
        """What GITHUB_API_URL is set to."""
        return self.hub.url

    @property
    def web(self) -> str:
        """What GITHUB_SERVER_URL is set to: for people and for git."""
        return self.hub.url.removesuffix(self.prefix) if self.prefix else self.hub.url

    def writes(self) -> list[Request]:
        return [request for request in self.log if request.writes]

    def complain(self, text: str) -> None:
        self.complaints.append(text)

    def counted(self, path: str) -> Reply:
        """For measuring from another process: how many requests there were since the last reset, and how far it is."""
        if path.endswith("/reset"):
            self.log.clear()
        elif "/away/" in path:
            self.away = float(path.rpartition("/")[2])
        return Reply(200, {"requests": len(self.log), "writes": len(self.writes())})

    # One request

    def handle(
        self, method: str, target: str, headers: dict[str, str], raw: bytes
    ) -> tuple[Reply | None, float]:
        """The reply (None: the connection breaks) and how long it takes."""
        parts = urlsplit(target)
        path = unquote(parts.path.removeprefix(self.prefix)) if self.prefix else unquote(parts.path)
        body, told = _json(raw)
        text = f"{parts.path}?{parts.query}" if parts.query else parts.path
        document = body.get("query", "") if isinstance(body, dict) and _is_graphql(parts.path) else ""
        fault = next((f for f in self.faults if f.matches(method, f"{text}\n{document}")), None)
        if fault and fault.before:
            fault.before()
        reply: Reply | None
        if fault and (fault.status or fault.reply == "drop") and fault.reply != "after":
            entry = Request(time.time(), method, text, "fault", "", fault.status, writes=False)  # noqa: TID251
            self.log.append(entry)
            reply = None if fault.reply == "drop" else _broken(fault)
        else:
            with self.hub.lock:
                if told:
                    reply = Reply(400, {"message": "Problems parsing JSON"})
                    self.complain(f"{method} {target}: {told}")
                elif _is_graphql(parts.path):
                    reply = self._graphql(method, text, headers, body)
                else:
                    reply = self._rest(method, path, parts.query, headers, body)
                if self.watch:
                    self.watch()
            if fault and fault.after:
                fault.after()
            if fault and fault.reply in {"lose", "after"}:
                reply = None if fault.reply == "lose" else _broken(fault)
        if fault and fault.drops is not None:
            reply = Reply(200, None, fault.headers, drops=fault.drops, pause=fault.seconds)
        return reply, fault.seconds if fault else 0.0

    def _rest(self, method: str, path: str, query: str, headers: dict[str, str], body: Any) -> Reply:
        what = contract.operation(method, path)
        asked = dict(parse_qsl(query, keep_blank_values=True))
        if what is None or what.id not in ROUTES:
            self.complain(
                f"{method} {path}: the fake GitHub does not speak this; add it to tools/cut_github.py"
            )
            return Reply(501, {"message": "the fake GitHub does not speak this"})
        wrong = contract.request_problems(what, asked, body)
        token: Token | None = None
        try:
            self._insist(wrong, f"{method} {path}?{query}")
            token = authenticate(self.hub, headers.get("authorization", ""), what.id)
            self._own_repository(what)
            state = self._seen(method, what.id)
            call = Call(self.hub, token, state, what, asked, body if isinstance(body, dict) else {})
            authorize(self.hub, token, what.id, pull=self._is_pull(what))
            status, shown = ROUTES[what.id](call)
            reply = Reply(status, shown, {**call.headers, **_accepted(what.id)})
        except Refused as error:
            reply = _refusal(error)
        self._log(method, f"{path}?{query}" if query else path, what.id, token, reply.status, method != "GET")
        for problem in contract.response_problems(what, reply.status, reply.body):
            self.complain(f"{method} {path} → {reply.status}: the fake's own answer: {problem}")
        return _conditional(reply, headers) if method == "GET" else reply

    def _insist(self, wrong: list[str], request: str) -> None:
        if wrong:
            self.complain(f"{request}: {'; '.join(wrong)}")
            raise Refused(422, f"Invalid request.\n\n{'; '.join(wrong)}")

    def _own_repository(self, what: contract.Operation) -> None:
        named = what.parameters
        mine = (self.hub.owner.lower(), self.hub.name.lower())
        if "repo" in named and (named["owner"].lower(), named["repo"].lower()) != mine:
            raise Refused(404, "Not Found", kind="NOT_FOUND")

    def _is_pull(self, what: contract.Operation) -> bool:
        number = what.parameters.get("issue_number", "")
        return isinstance(self.hub.state.items.get(int(number) if number.isdigit() else -1), Pull)

    def _seen(self, method: str, operation: str) -> State:
        """What this read sees: it may be late."""
        knobs = self.hub.knobs
        late = operation in LISTS or (knobs.lag_all and operation in SINGLE)
        if method != "GET" or knobs.lag_reads <= 0 or not late:
            return self.hub.state
        knobs.lag_reads -= 1
        since = self.hub.now() - timedelta(seconds=knobs.lag_seconds)
        past = [old for old in self.hub.history[-knobs.lag_writes :] if old.until and old.until >= since]
        return past[0] if past else self.hub.state

    def _graphql(self, method: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        text = body.get("query", "") if isinstance(body, dict) else ""
        name = _operation_name(text)
        token: Token | None = None
        wrong = graphql.problems(text)
        if method != "POST" or wrong:
            self.complain(f"{method} {path}: {'; '.join(wrong)}\n{text}")
            return Reply(200, {"errors": [{"message": message} for message in wrong]})
        mutation = graphql.is_mutation(text)
        try:
            token = authenticate(self.hub, headers.get("authorization", ""), "graphql")
            state = self._seen("POST" if mutation else "GET", "pulls/list")
            variables = body.get("variables") or {}
            shown = graphql.answer(self.hub, token, state, text, variables, body.get("operationName"))
            reply = Reply(200, shown)
        except Refused as error:
            reply = _refusal(error)
        except graphql.Gap as gap:
            self.complain(f"{path}: the fake GitHub has no {gap}\n{text}")
            reply = Reply(501, {"message": f"the fake GitHub has no {gap}"})
        self._log(method, path, f"graphql:{name}", token, reply.status, mutation)
        return reply

    def _log(
        self,
        method: str,
        path: str,
        operation: str,
        token: Token | None,
        status: int,
        writes: bool,  # noqa: FBT001
    ) -> None:
        login = token.login if token else ""
        self.log.append(Request(time.time(), method, path, operation, login, status, writes))  # noqa: TID251
        self.remaining -= 1


def _is_graphql(path: str) -> bool:
    return path in {"/graphql", "/api/graphql"}


def _operation_name(text: str) -> str:
    named = re.search(r"\b(?:query|mutation)\s+(\w+)", text)
    first = re.search(r"{\s*(?:\w+\s*:\s*)?(\w+)", text)
    return named[1] if named else first[1] if first else ""


def _json(raw: bytes) -> tuple[Any, str]:
    if not raw:
        return None, ""
    try:
        return json.loads(raw), ""
    except ValueError as error:
        return None, f"the body is no JSON: {error}"


def _refusal(error: Refused) -> Reply:
    body: dict[str, Any] = {"message": error.message, "documentation_url": "https://docs.github.com/rest"}
    body["status"] = str(error.status)
    if error.errors:
        body["errors"] = error.errors
    return Reply(error.status, body, error.headers)


def _broken(fault: Fault) -> Reply:
    return Reply(fault.status, fault.body or {"message": fault.message}, fault.headers)


def _accepted(operation: str) -> dict[str, str]:
    return {"X-Accepted-GitHub-Permissions": NEEDS[operation]} if operation in NEEDS else {}


def _conditional(reply: Reply, headers: dict[str, str]) -> Reply:
    """An ETag, and 304 where the reader has this answer."""
    if reply.status != 200:
        return reply
    tag = f'W/"{sha256(json.dumps(reply.body, sort_keys=True).encode()).hexdigest()}"'
    if headers.get("if-none-match") == tag:
        return Reply(304, None, {**reply.headers, "ETag": tag})
    return Reply(200, reply.body, {**reply.headers, "ETag": tag})


@contextmanager
def serving(hub: Hub, *, prefix: str = "", away: float = 0.0, counts: str = "") -> Iterator[GitHub]:
    """Serve the hub on a free port of loopback. Raises AssertionError at the end for every complaint."""
    github = GitHub(hub, prefix, away=away, counts=counts)

    class Handler(_Handler):
        server_github = github

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}{prefix}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not github.complaints, "\n".join(github.complaints)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # a loaded machine accepts late


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # one packet an answer
    server_github: GitHub

    def _any(self) -> None:
        raw = self._body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        if transport.is_git(self.server_github.hub, urlsplit(self.path).path):
            self._send_raw(*transport.serve(self.server_github.hub, self.command, self.path, headers, raw))
            return
        counts = self.server_github.counts
        if counts and self.path.startswith(counts):
            self._send(self.server_github.counted(self.path))
            return
        try:
            reply, seconds = self.server_github.handle(self.command, self.path, headers, raw)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test has to hear of it
            self.server_github.complain(f"{self.command} {self.path}: the fake GitHub broke: {error!r}")
            reply, seconds = Reply(500, {"message": f"the fake GitHub broke: {error!r}"}), 0.0
        if seconds or self.server_github.away:
            time.sleep(seconds + self.server_github.away)
        if reply is None:
            self.close_connection = True
            return
        if reply.drops is not None:
            self._drip(reply)
        else:
            self._send(reply)

    def _drip(self, reply: Reply) -> None:
        """A body of unknown length, until it ends or the other side has had enough."""
        self.close_connection = True
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        with suppress(OSError):
            for part in reply.drops or ():
                self.wfile.write(part)
                self.wfile.flush()
                time.sleep(reply.pause)

    def _body(self) -> bytes:
        """What was sent, in one piece or (by git) in chunks."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            length = int(self.headers.get("Content-Length") or 0)
            return self.rfile.read(length) if length else b""
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send_raw(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def _send(self, reply: Reply) -> None:
        data = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        github = self.server_github
        limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(github.remaining)}
        limits |= {"X-RateLimit-Reset": "4102444800", "X-RateLimit-Used": "1", "X-RateLimit-Resource": "core"}
        for name, value in {**limits, "X-GitHub-Request-Id": "0000:fake", **reply.headers}.items():
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if reply.status not in {204, 304}:
            self.wfile.write(data)
        self.wfile.flush()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any  # noqa: N815

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
        """The hub's clock."""
        return super().date_time_string(int(self.server_github.hub.now().timestamp()))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing on stderr."""
