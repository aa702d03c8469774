"""How to log in: a token, or an App's key that is exchanged for a token of this one repository."""

from __future__ import annotations

from github import Auth

from promoter.errors import ForgeError
from promoter.forge.github.answers import read_answer
from promoter.forge.github.api import Api
from promoter.forge.github.connection import requester
from promoter.forge.github.refusals import RefusedError, UnclearError
from promoter.forge.github.rest import Installation, InstallationToken
from promoter.forge.github.settings import AppKey, GitHubSettings

_PACE = 1.0  # seconds between writes, as GitHub asks of integrations
# What the bot needs, and nothing else; docs/reference/github.md has the reasons.
PERMISSIONS = {
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}


def log_in(settings: GitHubSettings) -> tuple[Api, str]:
    """The API of the repository, and the token for git. Raises ForgeError where GitHub does not let us in."""
    token = settings.token if settings.app is None else _exchange(settings, settings.app)
    assert token is not None  # noqa: S101 - one of both is set
    return _api(settings, Auth.Token(token), token), token


def _api(settings: GitHubSettings, auth: Auth.Auth, secret: str) -> Api:
    pace = 0.0 if settings.is_loopback else _PACE
    ours = requester(settings, auth)
    return Api(ours, settings.repository, settings.seconds, pace=pace, secrets=(secret,))


def _exchange(settings: GitHubSettings, key: AppKey) -> str:
    try:
        api = _api(settings, _signing(key), key.private_key)
        number = key.installation or _installation(api, settings.repository)
        payload = {
            "repositories": [settings.repository.partition("/")[2]],
            "permissions": PERMISSIONS,
        }
        path = f"/app/installations/{number}/access_tokens"
        answer = api.write_anywhere("POST", path, payload, "get the App's token")
    except RefusedError as error:
        if error.answer.status == 422:  # noqa: PLR2004
            raise ForgeError(
                f"the App's installation on {settings.repository} lacks a permission the bot needs",
                hint="it needs contents, issues, pull requests and commit statuses: write; "
                "set them in the App's settings (Permissions & events), then have the owner accept them",
            ) from error
        raise
    except UnclearError as error:
        raise ForgeError(f"cannot get the App's token: {error}", hint="the next tick tries again") from error
    return read_answer(InstallationToken, answer, "the App's token").token


def _signing(key: AppKey) -> Auth.AppAuth:
    """Signs for the App. Tried at once, because a key that cannot sign is a setting to be told."""
    auth = Auth.AppAuth(key.app, key.private_key)
    try:
        auth.create_jwt()
    except Exception:  # noqa: BLE001 - whatever the signing library says, it may show the key
        hint = "it is the .pem file that GitHub made for the App"
        raise ForgeError("the App's private key cannot be used", hint=hint) from None
    return auth


def _installation(api: Api, repository: str) -> int:
    try:
        answer = api.get("/installation", "find the App's installation")
    except RefusedError as error:
        if error.answer.status == 404:  # noqa: PLR2004
            raise ForgeError(
                f"the App is not installed on {repository}",
                hint="install it there (the App's page, Install App), or set GITHUB_REPOSITORY right",
            ) from error
        raise
    return read_answer(Installation, answer, "the App's installation").id
