"""The command line's and the environment's settings as typed values; secrets are left out of every repr."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from promoter.errors import SettingsError

_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What every command of the loop takes. `at` is the moment this run is about."""

    repo: Path
    policies: str
    base: str | None
    forge: str
    prometheus: str | None
    at: datetime
    pinned: bool  # --at was given
    output: str
    verbosity: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusSettings:
    """Where Prometheus is and how to log in. Raises SettingsError for an unusable URL or combination.

    Times are seconds: for a connection, for one request, and for everything asked in one go.
    `max_bytes` bounds one response, compressed and decompressed.
    """

    url: str
    bearer_token: str | None = field(default=None, repr=False)
    bearer_token_file: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    allow_plain_http: bool = False
    connect_seconds: float = 5.0
    request_seconds: float = 15.0
    deadline_seconds: float = 30.0
    max_bytes: int = 64 * _MIB
    connections: int = 16

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _usable_url(self.url))
        _refuse_contradictions(self)
        if self.bearer_token is not None:
            _refuse_odd_token(self.bearer_token, "PROMETHEUS_BEARER_TOKEN")

    @property
    def origin(self) -> str:
        """Scheme, host and port: the only place credentials go to."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def token(self) -> str | None:
        """The bearer token; a token file is read anew each time, because such tokens rotate.

        Raises SettingsError where the file cannot be read or holds no token.
        """
        if self.bearer_token_file is None:
            return self.bearer_token
        try:
            text = Path(self.bearer_token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError, ValueError) as error:
            raise SettingsError(
                f"PROMETHEUS_BEARER_TOKEN_FILE cannot be read: {_words(error)}",
                hint=f"is {self.bearer_token_file!r} the right path?",
            ) from error
        _refuse_odd_token(text, "PROMETHEUS_BEARER_TOKEN_FILE")
        return text


def prometheus_settings(environ: Mapping[str, str], url: str | None) -> PrometheusSettings | None:
    """The settings from PROMETHEUS_* variables; `url` (from --prometheus) wins over PROMETHEUS_URL.

    None where neither names a server. An empty variable counts as not set. Raises SettingsError.
    """
    given = {name: value for name, value in environ.items() if name.startswith("PROMETHEUS_") and value}
    where = url or given.get("PROMETHEUS_URL")
    if where is None:
        return None
    deadline = _seconds(given.get("PROMETHEUS_TIMEOUT"), "PROMETHEUS_TIMEOUT")
    settings = PrometheusSettings(
        url=where,
        bearer_token=given.get("PROMETHEUS_BEARER_TOKEN"),
        bearer_token_file=given.get("PROMETHEUS_BEARER_TOKEN_FILE"),
        username=given.get("PROMETHEUS_USERNAME"),
        password=given.get("PROMETHEUS_PASSWORD"),
        ca_file=given.get("PROMETHEUS_CA_FILE"),
        client_cert=given.get("PROMETHEUS_CLIENT_CERT"),
        client_key=given.get("PROMETHEUS_CLIENT_KEY"),
        allow_plain_http=given.get("PROMETHEUS_ALLOW_PLAIN_HTTP") == "1",
        deadline_seconds=deadline,
        request_seconds=deadline / 2,
    )
    _refuse_unreadable(settings)
    return settings


def _usable_url(text: str) -> str:
    hint = "write it like https://prometheus.example.com or http://127.0.0.1:9090"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # .port raises where it is no number
    except ValueError as error:
        raise SettingsError("the Prometheus URL cannot be read", hint=hint) from error
    if "@" in parts.netloc:  # the URL itself is not shown: it carries the secret
        raise SettingsError(
            "the Prometheus URL carries a user name or password",
            hint="set PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD instead",
        )
    if parts.scheme not in {"http", "https"} or not host:
        raise SettingsError("the Prometheus URL is no http(s) URL", hint=hint)
    if parts.query or parts.fragment or any(char <= " " or char == "\x7f" for char in text):
        raise SettingsError("the Prometheus URL has a query, a fragment or blanks in it", hint=hint)
    return text.rstrip("/")


def _refuse_contradictions(settings: PrometheusSettings) -> None:
    token = settings.bearer_token or settings.bearer_token_file
    basic = settings.username or settings.password
    if settings.bearer_token and settings.bearer_token_file:
        raise SettingsError("PROMETHEUS_BEARER_TOKEN and PROMETHEUS_BEARER_TOKEN_FILE are both set")
    if token and basic:
        raise SettingsError("both a bearer token and a user name or password are set for Prometheus")
    if basic and not (settings.username and settings.password):
        raise SettingsError("PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD are only useful together")
    if ":" in (settings.username or ""):
        raise SettingsError("PROMETHEUS_USERNAME has a colon in it, which basic authentication cannot carry")
    if settings.client_key and not settings.client_cert:
        raise SettingsError("PROMETHEUS_CLIENT_KEY is set without PROMETHEUS_CLIENT_CERT")
    if settings.url.startswith("https:"):
        return
    if settings.client_cert:
        raise SettingsError("PROMETHEUS_CLIENT_CERT needs an https Prometheus URL")
    if (token or basic) and not settings.allow_plain_http and not is_loopback(settings.url):
        raise SettingsError(
            "credentials for Prometheus would travel over plain http",
            hint="use https, or set PROMETHEUS_ALLOW_PLAIN_HTTP=1 where the path is encrypted by other means",
        )


def _refuse_odd_token(token: str, name: str) -> None:
    if not token or not token.isascii() or any(char <= " " or char == "\x7f" for char in token):
        raise SettingsError(f"{name} holds no single ASCII word, so it cannot be a bearer token")


def _refuse_unreadable(settings: PrometheusSettings) -> None:
    for name, path in (
        ("PROMETHEUS_CA_FILE", settings.ca_file),
        ("PROMETHEUS_CLIENT_CERT", settings.client_cert),
        ("PROMETHEUS_CLIENT_KEY", settings.client_key),
    ):
        if path is None:
            continue
        try:
            Path(path).open("rb").close()
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{name} cannot be read: {_words(error)}", hint=f"is {path!r} the right path?"
            ) from error
    settings.token()


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine: there nothing travels in the clear."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _seconds(text: str | None, name: str) -> float:
    if text is None:
        return 30.0
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 1.0 <= seconds <= 3600.0:  # noqa: PLR2004 - an hour
        raise SettingsError(f"{name} is no number of seconds from 1 to 3600", hint="write it like 30")
    return seconds


def _words(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "not a readable file"
