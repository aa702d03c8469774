"""REST: who asks, the repository, its rules and permissions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.github import render, render_git
from tests.fakes.github.calls import LEVELS, Call
from tests.fakes.github.hub import BOT, Hub
from tests.fakes.github.routing import Answer, missing, route
from tests.fakes.github.state import Refused

# Who and what


@route("users/get-authenticated")
def _me(call: Call) -> Answer:
    if call.token.kind in {"app", "actions"}:
        raise Refused(403, "Resource not accessible by integration")
    return _user(call, call.by)


@route("users/get-by-username")
def _someone(call: Call) -> Answer:
    return _user(call, call.what.parameters["username"])


def _user(call: Call, login: str) -> Answer:
    if login not in call.hub.people:
        raise missing()
    nothing = ("bio", "blog", "company", "email", "hireable", "location", "name")
    numbers = ("followers", "following", "public_gists", "public_repos")
    more = {"created_at": render.moment(call.hub.now()), "updated_at": render.moment(call.hub.now())}
    return 200, {
        **(render.user(call.hub, login) or {}),
        **dict.fromkeys(nothing),
        **dict.fromkeys(numbers, 0),
        **more,
        "two_factor_authentication": True,
        **dict.fromkeys(
            ("collaborators", "disk_usage", "owned_private_repos", "private_gists", "total_private_repos"), 0
        ),
    }


@route("apps/get-authenticated")
def _app(call: Call) -> Answer:
    return 200, _shown(call.hub)


@route("apps/get-repo-installation")
def _installation(call: Call) -> Answer:
    here = f"{call.hub.url}/app/installations/77"
    return 200, {
        "id": 77,
        "account": render.user(call.hub, call.hub.owner),
        "repository_selection": "selected",
        "access_tokens_url": f"{here}/access_tokens",
        "repositories_url": f"{call.hub.url}/installation/repositories",
        "html_url": here,
        "app_id": 42,
        "app_slug": BOT.removesuffix("[bot]"),
        "target_id": 1,
        "target_type": "Organization",
        "permissions": {"metadata": "read"},
        "events": [],
        "created_at": render.moment(call.hub.now()),
        "updated_at": render.moment(call.hub.now()),
        "single_file_name": None,
        "suspended_by": None,
        "suspended_at": None,
    }


@route("apps/create-installation-access-token")
def _access_token(call: Call) -> Answer:
    """An installation token: of all the App's permissions, or fewer where asked."""
    until = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251
    granted, wanted = call.hub.granted, call.body.get("permissions") or {}
    for name, level in wanted.items():
        if LEVELS.index(granted.get(name, "none")) < LEVELS.index(level):
            raise Refused(422, "The permissions requested are not granted to this installation.")
    value = f"ghs_42_eyJhbGciOiJSUzI1NiJ9.{call.hub.id():0520d}.sig-{len(call.hub.tokens)}"
    token = call.hub.token(value)
    token.permissions = {**(dict(wanted) if wanted else dict(granted)), "metadata": "read"}
    token.expires = until
    return 201, {
        "token": value,
        "expires_at": render.moment(until),
        "permissions": {name: level for name, level in token.permissions.items() if level != "none"},
        "repository_selection": "selected",
    }


@route("rate-limit/get")
def _rate_limit(call: Call) -> Answer:
    one = {"limit": 5000, "remaining": 4999, "reset": 4102444800, "used": 1}
    return 200, {"rate": one, "resources": {"core": one, "search": one, "graphql": one}}


@route("meta/get")
def _meta(call: Call) -> Answer:
    return 200, {"verifiable_password_authentication": False}


@route("repos/get")
def _repository(call: Call) -> Answer:
    return 200, render.repository(call.hub, call.by)


@route("repos/get-collaborator-permission-level")
def _permission(call: Call) -> Answer:
    login = call.what.parameters["username"]
    if login not in call.hub.people:
        raise missing()
    return 200, render.permission(call.hub, login)


@route("repos/get-branch-rules")
def _rules(call: Call) -> Answer:
    found = render_git.branch_rules(call.hub) if call.what.parameters["branch"] == call.hub.base else []
    return 200, call.page(found)


@route("repos/get-branch")
def _branch(call: Call) -> Answer:
    name = call.what.parameters["branch"]
    sha = call.state.refs.get(f"refs/heads/{name}")
    if sha is None:
        raise Refused(404, "Branch not found", kind="NOT_FOUND")
    here = f"{call.hub.api}/branches/{name}"
    protected = name == call.hub.base and call.hub.rules.any
    return 200, {
        "name": name,
        "commit": render_git.commit(call.hub, call.hub.bare.commit(sha)),
        "_links": {"html": f"{call.hub.url}/{call.hub.full_name}/tree/{name}", "self": here},
        "protected": protected,
        "protection": {"enabled": protected and not call.hub.rules.ruleset},
        "protection_url": f"{here}/protection",
    }


@route("repos/get-branch-protection")
def _protection(call: Call) -> Answer:
    rules = call.hub.rules
    if rules.ruleset or not rules.any:
        raise Refused(404, "Branch not protected", kind="NOT_FOUND")
    here = f"{call.hub.api}/branches/{call.hub.base}/protection"
    found: dict[str, Any] = {"url": here, "enforce_admins": {"url": here, "enabled": True}}
    if rules.checks:
        found["required_status_checks"] = {
            "url": here,
            "strict": rules.strict,
            "contexts": [name for name, _ in rules.checks],
            "checks": [{"context": name, "app_id": None} for name, _ in rules.checks],
            "contexts_url": here,
        }
    return 200, found


@route("repos/create-dispatch-event")
def _dispatch(call: Call) -> Answer:
    call.hub.dispatched.append(call.body)
    return 204, None


def _shown(hub: Hub) -> dict[str, Any]:
    return {
        "id": 42,
        "slug": BOT.removesuffix("[bot]"),
        "node_id": "A_42",
        "client_id": "Iv23promoter",
        "owner": render.user(hub, hub.owner),
        "name": "promoter bot",
        "description": None,
        "external_url": hub.url,
        "html_url": f"{hub.url}/apps/promoter-bot",
        "created_at": render.moment(hub.now()),
        "updated_at": render.moment(hub.now()),
        "permissions": {"metadata": "read", "contents": "write"},
        "events": [],
    }
