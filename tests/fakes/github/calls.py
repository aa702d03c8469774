"""One authenticated request: who asks, with which rights, and what they see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt

from tests.fakes.github.contract import Operation
from tests.fakes.github.hub import BOT, Hub
from tests.fakes.github.state import Refused, State, Token

# What an operation needs: permission and level, as the response header names it.
NEEDS: Mapping[str, str] = {
    "repos/get": "metadata=read",
    "repos/get-collaborator-permission-level": "metadata=read",
    "repos/get-branch-rules": "metadata=read",
    "repos/get-branch": "contents=read",
    "repos/get-branch-protection": "administration=read",
    "repos/list-commits": "contents=read",
    "repos/get-commit": "contents=read",
    "repos/compare-commits-with-basehead": "contents=read",
    "repos/get-content": "contents=read",
    "repos/list-pull-requests-associated-with-commit": "pull_requests=read",
    "repos/get-combined-status-for-ref": "statuses=read",
    "repos/list-commit-statuses-for-ref": "statuses=read",
    "repos/create-commit-status": "statuses=write",
    "repos/create-dispatch-event": "contents=write",
    "checks/list-for-ref": "checks=read",
    "git/create-blob": "contents=write",
    "git/create-tree": "contents=write",
    "git/create-commit": "contents=write",
    "git/create-ref": "contents=write",
    "git/update-ref": "contents=write",
    "git/delete-ref": "contents=write",
    "git/get-blob": "contents=read",
    "git/get-tree": "contents=read",
    "git/get-commit": "contents=read",
    "git/get-ref": "contents=read",
    "git/list-matching-refs": "contents=read",
    "issues/list-for-repo": "issues=read",
    "issues/get": "issues=read",
    "issues/create": "issues=write",
    "issues/update": "issues=write",
    "issues/list-comments": "issues=read",
    "issues/create-comment": "issues=write",
    "issues/update-comment": "issues=write",
    "issues/list-events": "issues=read",
    "issues/list-events-for-timeline": "issues=read",
    "issues/list-labels-on-issue": "issues=read",
    "issues/add-labels": "issues=write",
    "issues/remove-label": "issues=write",
    "issues/list-labels-for-repo": "issues=read",
    "issues/create-label": "issues=write",
    "issues/get-label": "issues=read",
    "pulls/list": "pull_requests=read",
    "pulls/get": "pull_requests=read",
    "pulls/create": "pull_requests=write",
    "pulls/update": "pull_requests=write",
    "pulls/list-commits": "pull_requests=read",
    "pulls/list-files": "pull_requests=read",
    "pulls/list-reviews": "pull_requests=read",
    "pulls/create-review": "pull_requests=write",
    "pulls/check-if-merged": "contents=read",
    "pulls/merge": "contents=write",
}
# Operations that take issues=… on an issue take pull_requests=… on a pull request.
EITHER = {name for name, need in NEEDS.items() if name.startswith("issues/") and need.startswith("issues=")}
AS_APP = {"apps/get-authenticated", "apps/get-repo-installation", "apps/create-installation-access-token"}
APP, CLIENT = 42, "Iv23promoter"
LEVELS = ("none", "read", "write", "admin")
# The role that a person's token needs for a write; reads take `read`.
ROLE = {"contents": "write", "statuses": "write", "pull_requests": "read", "issues": "read"}


@dataclass(slots=True)
class Call:
    """A request that is understood and authenticated. `state` is what this reader sees."""

    hub: Hub
    token: Token
    state: State
    what: Operation
    query: dict[str, str]
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)  # of the answer

    @property
    def by(self) -> str:
        return self.token.login

    def number(self) -> int:
        """The issue or pull request that the path names."""
        for name in ("issue_number", "pull_number"):
            if name in self.what.parameters:
                return int(self.what.parameters[name])
        raise AssertionError(self.what.path)

    def page(self, items: list[Any]) -> list[Any]:
        """This page of the items, with the Link header where there are more."""
        size, page = int(self.query.get("per_page", 30)), int(self.query.get("page", 1))
        size = min(max(size, 1), 100)
        last = max(1, -(-len(items) // size))
        if page < last:
            others = "&".join(f"{k}={v}" for k, v in self.query.items() if k not in {"page", "per_page"})
            path = self.what.path
            for name, value in self.what.parameters.items():
                path = path.replace(f"{{{name}}}", value)
            here = f"{self.hub.url}{path}?per_page={size}&{others}"
            self.headers["Link"] = f'<{here}&page={page + 1}>; rel="next", <{here}&page={last}>; rel="last"'
        return items[(page - 1) * size : page * size]


def authenticate(hub: Hub, authorization: str, operation: str) -> Token:
    """Whose credential this is. Refused where it is none, or no longer one."""
    scheme, _, value = authorization.partition(" ")
    if not value:
        raise Refused(401, "Requires authentication")
    if operation in AS_APP:
        return _as_app(hub, value)
    token = hub.tokens.get(value) if scheme.lower() in {"bearer", "token"} else None
    if token is None or token.expired or (token.expires and token.expires <= datetime.now(UTC)):  # noqa: TID251
        raise Refused(401, "Bad credentials")
    return token


def _as_app(hub: Hub, value: str) -> Token:
    """The App itself, by a JWT that its private key signed."""
    if hub.app_key is None:
        raise Refused(404, "Integration not found", kind="NOT_FOUND")
    try:
        claims = jwt.decode(
            value, hub.app_key, algorithms=["RS256"], options={"require": ["exp", "iat", "iss"]}
        )
    except jwt.PyJWTError as error:
        raise Refused(401, "A JSON web token could not be decoded") from error
    if claims["exp"] - claims["iat"] > 660:
        told = "'Expiration time' claim ('exp') is too far in the future"
        raise Refused(401, told)
    if str(claims["iss"]) not in {str(APP), CLIENT}:
        raise Refused(404, "Integration not found", kind="NOT_FOUND")
    return Token("", BOT, "jwt", dict(hub.granted))


def authorize(hub: Hub, token: Token, operation: str, *, pull: bool = False) -> None:
    """Whether this credential may do it. Refused with the header that names what is missing."""
    if token.kind == "jwt":
        return
    need = NEEDS.get(operation, "metadata=read")
    kind, level = need.split("=")
    kinds = [kind]
    if pull and operation in EITHER:
        kinds = ["issues", "pull_requests"]
    accepted = "; ".join(f"{one}={level}" for one in kinds)
    headers = {"X-Accepted-GitHub-Permissions": accepted}
    if operation == "repos/get-branch-protection" and token.kind != "classic":
        _need_permission(token, kinds, level, headers)
    if token.kind != "classic" and kind != "metadata":
        _need_permission(token, kinds, level, headers)
    if token.kind in {"classic", "fine"}:
        _need_role(hub, token, kind, level, headers)
    if level == "write" and hub.settings.archived:
        raise Refused(403, "Repository was archived so is read-only.", kind="FORBIDDEN", headers=headers)


def _need_permission(token: Token, kinds: list[str], level: str, headers: dict[str, str]) -> None:
    has = max(LEVELS.index(token.permissions.get(kind, "none")) for kind in kinds)
    if has >= LEVELS.index(level):
        return
    what = "personal access token" if token.kind == "fine" else "integration"
    told = f"Resource not accessible by {what}"
    raise Refused(403, told, kind="FORBIDDEN", headers=headers)


def _need_role(hub: Hub, token: Token, kind: str, level: str, headers: dict[str, str]) -> None:
    if not hub.may(token.login, "read") and hub.settings.private:
        raise Refused(404, "Not Found", kind="NOT_FOUND", headers=headers)
    role = ROLE.get(kind, "admin") if level == "write" else "read"
    if kind == "administration":
        role = "admin"
    if not hub.may(token.login, role):
        raise Refused(403, "Must have push access to repository", kind="FORBIDDEN", headers=headers)
