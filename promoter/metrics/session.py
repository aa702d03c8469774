"""The HTTP session: one origin, no redirects, bounded time and size, every answer checked before it is used."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from promoter import __version__
from promoter.metrics.envelope import Result, read_envelope
from promoter.metrics.reasons import Blame, NotAnsweredError, root_cause
from promoter.settings import PrometheusSettings

_CHUNK = 1 << 16
_PAUSES = (0.1, 0.3)  # before the second and third attempt, seconds
_LEAST_SECONDS = 0.05  # the least a timeout can be
_CREDENTIALS = {401: "no valid credentials", 403: "not allowed", 407: "the proxy asks for credentials"}


class CheckedResponse(requests.Response):
    """A response whose result is read already; it hands it to the client in the place where that looks."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.status_code = 200
        self._result = result

    def json(self, **_options: Any) -> Any:
        """The result, where the client expects the list of series: it would drop type and warnings."""
        return {"data": {"result": self._result}}


class OneOriginSession(requests.Session):
    """Sends to the configured origin only, and raises NotAnsweredError for anything but a complete answer.

    The environment (proxies, .netrc) is not consulted and no cookie is kept. The second number of a
    request's timeout bounds the whole request, body included.
    """

    def __init__(self, settings: PrometheusSettings) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.update(
            {
                "User-Agent": f"gray-promoter/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            }
        )
        self.verify = settings.ca_file or True
        if settings.client_cert:
            self.cert = (
                (settings.client_cert, settings.client_key) if settings.client_key else settings.client_cert
            )
        self._settings = settings
        self._one_adapter = HTTPAdapter(pool_connections=1, pool_maxsize=settings.connections)

    def get_adapter(self, url: str | bytes) -> HTTPAdapter:
        """The only adapter; other origins are refused."""
        text = url if isinstance(url, str) else url.decode()
        if _origin(text) != _origin(self._settings.url):
            raise NotAnsweredError("a request to another origin was refused", Blame.SERVER)
        return self._one_adapter

    def mount(self, prefix: str | bytes, adapter: BaseAdapter) -> None:
        """Nothing: the client brings an adapter of its own, each time and from every thread."""

    def close(self) -> None:
        """Give the connections back."""
        self._one_adapter.close()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """One request, asked again where it was lost on the way, and its complete answer."""
        connect, whole = options["timeout"]
        options = {name: options[name] for name in ("verify", "cert", "proxies")}
        until = time.monotonic() + whole
        for pause in (*_PAUSES, None):
            left = max(until - time.monotonic(), _LEAST_SECONDS)
            options["timeout"] = (min(connect, left), left)
            try:
                return self._send_once(request, until, options)
            except NotAnsweredError as error:
                if not error.transient or pause is None or time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _send_once(
        self, request: requests.PreparedRequest, until: float, options: Mapping[str, Any]
    ) -> CheckedResponse:
        adapter = self.get_adapter(request.url or "")
        try:  # not by way of the base class, which reads redirects and keeps cookies
            response = adapter.send(request, **options)
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
            raise self._unreachable(error, *options["timeout"]) from error
        try:
            self._refuse_elsewhere(response)
            body = _read(response.raw, self._settings.max_bytes, until)
        except BaseException:
            response.raw.close()  # the rest is not worth reading
            raise
        response.raw.release_conn()
        return CheckedResponse(read_envelope(body, response.status_code))

    def _refuse_elsewhere(self, response: requests.Response) -> None:
        status = response.status_code
        if 300 <= status < 400:  # noqa: PLR2004 - the redirects
            target = _place(response.headers.get("Location", "nowhere"), self._settings.origin)
            raise NotAnsweredError(
                f"Prometheus redirects to {target}; credentials go only to the configured origin; "
                "set --prometheus to the final address",
                Blame.SERVER,
            )
        if status in _CREDENTIALS:
            raise NotAnsweredError(f"Prometheus answered {status}: {_CREDENTIALS[status]}", Blame.SERVER)
        if status == 404:  # noqa: PLR2004
            raise NotAnsweredError("no Prometheus API there (404): is the URL's path right?", Blame.SERVER)
        if status == 429:  # noqa: PLR2004
            raise NotAnsweredError("Prometheus answered 429: too many requests", Blame.SERVER)

    def _unreachable(self, error: Exception, connect: float, whole: float) -> NotAnsweredError:
        place = self._settings.origin
        match error:
            case requests.exceptions.ConnectTimeout():
                return NotAnsweredError(f"{place} took no connection within {connect:.3g} s", Blame.SERVER)
            case requests.exceptions.ReadTimeout():
                return NotAnsweredError(f"no answer from {place} within {whole:.3g} s", Blame.REQUEST)
            case requests.exceptions.SSLError():
                hint = "is PROMETHEUS_CA_FILE the authority that signed its certificate?"
                return NotAnsweredError(f"no TLS with {place}: {root_cause(error)}; {hint}", Blame.SERVER)
            case requests.exceptions.ConnectionError(args=(ProtocolError(), *_)):
                reason = f"{place} broke the connection: {root_cause(error)}"
                return NotAnsweredError(reason, Blame.REQUEST, transient=True)
            case requests.exceptions.ConnectionError():
                return NotAnsweredError(
                    f"cannot reach {place}: {root_cause(error)}", Blame.SERVER, transient=True
                )
            case _:
                return NotAnsweredError(f"cannot ask {place}: {root_cause(error)}", Blame.SERVER)


def _read(raw: BaseHTTPResponse, limit: int, until: float) -> bytes:
    """The whole body, decompressed here so that neither side of the compression exceeds the limit."""
    encoding = raw.headers.get("Content-Encoding", "identity").lower()
    if encoding not in {"gzip", "identity"}:
        raise NotAnsweredError(f"an answer compressed with {encoding}, which was not asked for", Blame.SERVER)
    unzip = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    too_large = NotAnsweredError(f"an answer larger than {limit >> 20} MiB was cut off", Blame.QUERY)
    parts: list[bytes] = []
    received = size = 0
    try:
        while chunk := raw.read1(_CHUNK, decode_content=False):
            received += len(chunk)
            part = unzip.decompress(chunk, limit - size + 1) if unzip else chunk
            size += len(part)
            if max(size, received) > limit:
                raise too_large
            if time.monotonic() > until:
                raise NotAnsweredError("the answer came too slowly", Blame.REQUEST)
            parts.append(part)
    except ReadTimeoutError as error:
        raise NotAnsweredError("the answer stopped half-way", Blame.REQUEST) from error
    except (HTTPError, OSError, zlib.error) as error:
        raise NotAnsweredError(f"the answer broke off: {root_cause(error)}", Blame.QUERY) from error
    if unzip and not unzip.eof:
        raise NotAnsweredError("the answer broke off: incomplete gzip", Blame.QUERY)
    return b"".join(parts)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _place(location: str, here: str) -> str:
    """Where a redirect leads, without what a login page packs into user name, query or fragment."""
    try:
        parts = urlsplit(location)
        return (
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
            if parts.netloc
            else here + parts.path
        )
    except ValueError:
        return "an unreadable address"
