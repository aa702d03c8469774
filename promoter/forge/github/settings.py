"""The environment's settings for GitHub as one typed value; secrets are left out of every repr."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from promoter.errors import SettingsError
from promoter.settings import is_loopback

_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_LOGIN = re.compile(r"[A-Za-z0-9_-]+(\[bot\])?")  # managed users have an underscore
_SECONDS = 300.0
_BOT_HINT = (
    "set the repository variable PROMOTER_BOT (Settings, Secrets and variables, Actions) to the App's login, such as "
    "my-promoter[bot]; github-actions[bot] where GITHUB_TOKEN ticks"
)
_TOKEN_HINT = "give the step a token: PROMOTER_GITHUB_TOKEN, or the App's id and private key"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKey:
    """A GitHub App's credentials. `app` is its id or client id."""

    app: str
    private_key: str = field(repr=False)
    installation: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubSettings:
    """Which repository, where its API is, and how to log in: a token, or an App's key.

    `bot` is the bot's login where the token is somebody else's. `seconds` bounds a tick's time for GitHub.
    `evidence` is a directory for evidence files, `run_url` the page of this run; "" for none.
    """

    repository: str
    api_url: str = "https://api.github.com"
    server_url: str = "https://github.com"
    token: str | None = field(default=None, repr=False)
    app: AppKey | None = None
    bot: str = ""
    ca_file: str | None = None
    seconds: float = _SECONDS
    evidence: str = ""
    run_url: str = ""
    human: str = ""  # who started this run, where Actions says so

    @property
    def is_loopback(self) -> bool:
        """A server on this machine."""
        return is_loopback(self.api_url)


def github_settings(environ: Mapping[str, str]) -> GitHubSettings | None:
    """The settings from GITHUB_* and PROMOTER_* variables; None where no repository or no login is named.

    An empty variable counts as not set. Raises SettingsError for what cannot be used.
    """
    given = {name: value for name, value in environ.items() if value.strip()}
    repository = given.get("GITHUB_REPOSITORY")
    token = given.get("PROMOTER_GITHUB_TOKEN") or given.get("GITHUB_TOKEN")
    app = _app(given)
    if repository is None or (token is None and app is None):
        return None
    if not _REPOSITORY.fullmatch(repository):
        raise SettingsError("GITHUB_REPOSITORY is no owner/name", hint="write it like acme/factory-gitops")
    bot = given.get("PROMOTER_BOT", "")
    if bot and not _LOGIN.fullmatch(bot):
        raise SettingsError("PROMOTER_BOT is no login", hint="write it like my-promoter[bot]")
    return GitHubSettings(
        repository=repository,
        api_url=_url(given.get("GITHUB_API_URL", "https://api.github.com"), "GITHUB_API_URL"),
        server_url=_url(given.get("GITHUB_SERVER_URL", "https://github.com"), "GITHUB_SERVER_URL"),
        token=None if app else _word(token or "", "PROMOTER_GITHUB_TOKEN or GITHUB_TOKEN"),
        app=app,
        bot=bot,
        ca_file=given.get("PROMOTER_GITHUB_CA_FILE"),
        seconds=_seconds(given.get("PROMOTER_GITHUB_SECONDS")),
        evidence=given.get("PROMOTER_EVIDENCE_DIR", ""),
        run_url=_run_url(given),
        human=_human(given),
    )


def missing(environ: Mapping[str, str]) -> SettingsError:
    """Why GitHub cannot be used: what is not set."""
    if not environ.get("GITHUB_REPOSITORY", "").strip():
        return SettingsError(
            "no GitHub repository is named", hint="set GITHUB_REPOSITORY, like acme/factory-gitops"
        )
    return SettingsError("GITHUB_REPOSITORY is set, but no token for it", hint=_TOKEN_HINT)


def require_bot(environ: Mapping[str, str]) -> None:
    """In a job that only reads, the bot is another account. Raises SettingsError where nobody says which.

    The job's own account would be taken for it, and whatever the bot and humans recorded would not count.
    """
    if not environ.get("PROMOTER_BOT", "").strip():
        raise SettingsError(
            "PROMOTER_BOT is not set: nobody knows whose holds and proposals count", hint=_BOT_HINT
        )


def _app(given: Mapping[str, str]) -> AppKey | None:
    app = given.get("PROMOTER_GITHUB_APP_ID")
    key, file = (
        given.get("PROMOTER_GITHUB_APP_PRIVATE_KEY"),
        given.get("PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE"),
    )
    if app is None and key is None and file is None:
        return None
    if app is None or (key is None and file is None):
        raise SettingsError(
            "PROMOTER_GITHUB_APP_ID and the App's private key are only useful together",
            hint="set PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE (or PROMOTER_GITHUB_APP_PRIVATE_KEY)",
        )
    if key and file:
        raise SettingsError(
            "PROMOTER_GITHUB_APP_PRIVATE_KEY and PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE are both set"
        )
    installation = given.get("PROMOTER_GITHUB_APP_INSTALLATION_ID")
    if installation is not None and not installation.isdigit():
        raise SettingsError("PROMOTER_GITHUB_APP_INSTALLATION_ID is no number")
    return AppKey(
        app=_word(app, "PROMOTER_GITHUB_APP_ID"),
        private_key=_key(key, file),
        installation=int(installation) if installation else None,
    )


def _key(key: str | None, file: str | None) -> str:
    if key is None:
        try:
            key = Path(file or "").read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError, ValueError) as error:
            raise SettingsError(
                "PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE cannot be read", hint=f"is {file!r} the right path?"
            ) from error
    key = key.replace("\\n", "\n").strip() + "\n"  # secrets pasted on one line
    if "PRIVATE KEY-----" not in key:
        raise SettingsError(
            "the App's private key is none", hint="it is the .pem file that GitHub made for the App"
        )
    return key


def _url(text: str, name: str) -> str:
    hint = "write it like https://github.example.com/api/v3"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"{name} cannot be read", hint=hint) from error
    if "@" in parts.netloc:  # not shown: it carries the secret
        raise SettingsError(
            f"{name} carries a user name or password", hint="set the token's variable instead"
        )
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise SettingsError(f"{name} is no http(s) URL", hint=hint)
    if parts.scheme == "http" and not is_loopback(text):
        raise SettingsError(f"{name} is plain http: the token would travel in the clear", hint="use https")
    return text.rstrip("/")


def _word(text: str, name: str) -> str:
    text = text.strip()
    if not text.isascii() or any(char <= " " or char == "\x7f" for char in text):
        raise SettingsError(f"{name} holds no single ASCII word")
    return text


def _seconds(text: str | None) -> float:
    if text is None:
        return _SECONDS
    if not text.isdecimal() or not 10 <= int(text) <= 3600:  # noqa: PLR2004 - an hour
        raise SettingsError("PROMOTER_GITHUB_SECONDS is no number from 10 to 3600")
    return float(text)


def _run_url(given: Mapping[str, str]) -> str:
    run = given.get("GITHUB_RUN_ID", "")
    if not run.isdigit():
        return ""
    server = _url(given.get("GITHUB_SERVER_URL", "https://github.com"), "GITHUB_SERVER_URL")
    return f"{server}/{given['GITHUB_REPOSITORY']}/actions/runs/{run}"


def _human(given: Mapping[str, str]) -> str:
    """Who pressed the button; nobody did where the clock started the run.

    A name that is no login is quoted: no account is called so, and what takes a right is refused to it.
    """
    if given.get("GITHUB_ACTIONS") != "true" or given.get("GITHUB_EVENT_NAME") == "schedule":
        return ""
    name = given.get("GITHUB_TRIGGERING_ACTOR") or given.get("GITHUB_ACTOR", "")
    return name if _LOGIN.fullmatch(name) else ascii(name)
