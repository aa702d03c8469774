"""How requests travel: one host, no redirects, no surprise from the environment, bounded time and size.

PyGithub builds its requests; this takes the place of its connection classes.
"""

from __future__ import annotations

import logging
import time
import zlib

import requests
from github import Auth, Github
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)
from requests.utils import get_environ_proxies
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from promoter import __version__
from promoter.forge.github.settings import GitHubSettings

API_VERSION = "2022-11-28"
_CONNECT_SECONDS, _READ_SECONDS, _WHOLE_SECONDS = 10.0, 30.0, 90.0
_MAX_BYTES = 64 << 20
_CHUNK = 1 << 16


class TooMuchError(requests.RequestException):
    """An answer that does not end, in size or in time, or that breaks off."""


def _exchange(
    connection: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass,
) -> RequestsResponse:
    """One request and its whole answer. Nothing is kept for the next one."""
    url = f"{connection.protocol}://{connection.host}:{connection.port}{connection.url}"
    with connection.session as session:
        # No .netrc and no plain proxy: the token would travel in the clear. A proxy for https sees only
        # an encrypted tunnel; that is how self-hosted runners reach GitHub.
        session.trust_env = False
        if connection.protocol == "https":
            session.proxies.update(get_environ_proxies(url))
        response = session.request(
            connection.verb,
            url,
            headers={**connection.headers, "Accept-Encoding": "gzip"},
            data=connection.input,
            timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            verify=connection.verify,
            allow_redirects=False,
            stream=True,
        )
        with response:
            return _Whole(response, _read(response.raw))


def _read(raw: BaseHTTPResponse) -> str:
    """The whole body, decompressed here so that neither side of the compression exceeds the limit.

    As it comes (`read1`): waiting for a full piece would let a server that drips outlast every timeout.
    """
    until, parts, received, size = time.monotonic() + _WHOLE_SECONDS, [], 0, 0
    zipped = raw.headers.get("Content-Encoding", "identity").lower() == "gzip"
    unzip = zlib.decompressobj(wbits=31) if zipped else None
    try:
        while chunk := raw.read1(_CHUNK, decode_content=False):
            part = unzip.decompress(chunk, _MAX_BYTES - size + 1) if unzip else chunk
            received, size = received + len(chunk), size + len(part)
            if max(received, size) > _MAX_BYTES or time.monotonic() > until:
                raise TooMuchError("the answer did not end")
            parts.append(part)
    except (HTTPError, OSError, zlib.error) as error:
        raise TooMuchError("the answer broke off") from error
    if unzip and not unzip.eof and received:
        raise TooMuchError("the answer broke off")
    return b"".join(parts).decode("utf-8", "replace")


class _Whole(RequestsResponse):
    """An answer that was read already."""

    def __init__(self, response: requests.Response, text: str) -> None:
        super().__init__(response)
        self._text = text

    def read(self) -> str:
        return self._text


class _Plain(HTTPRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _exchange(self)


class _Secure(HTTPSRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _exchange(self)


def requester(settings: GitHubSettings, auth: Auth.Auth) -> Requester:
    """PyGithub's requester for this API. It sends everything once: who asks again is decided in `api`."""
    Requester.injectConnectionClasses(_Plain, _Secure)
    Requester.injectLogger(_silence())
    return Github(
        auth=auth,
        base_url=settings.api_url,
        timeout=int(_READ_SECONDS),
        user_agent=f"gray-promoter/{__version__}",
        verify=settings.ca_file or True,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
        api_version=API_VERSION,
    ).requester


def _silence() -> logging.Logger:
    """PyGithub would log whole answers when debugging, the App's token among them."""
    logger = logging.getLogger("promoter.github")
    logger.disabled = True
    return logger
