"""The REST operations, by their operation id: each a function of the call, giving status and body."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.github import merging, render
from tests.fakes.github.calls import LEVELS, Call
from tests.fakes.github.hub import BOT
from tests.fakes.github.objects import Entry, Signed
from tests.fakes.github.state import Item, Pull, Refused

Answer = tuple[int, Any]
ROUTES: dict[str, Callable[[Call], Answer]] = {}


def route(name: str) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    def known(function: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        ROUTES[name] = function
        return function

    return known


def missing() -> Refused:
    return Refused(404, "Not Found", kind="NOT_FOUND")


def _item(call: Call, kind: type[Item] = Item) -> Any:
    state = call.hub.state if call.what.method != "get" else call.state
    return call.hub.find(call.number(), kind, state)


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
    return 200, render.app(call.hub)


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
    found = render.branch_rules(call.hub) if call.what.parameters["branch"] == call.hub.base else []
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
        "commit": render.commit(call.hub, call.hub.bare.commit(sha)),
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


# Git


def _sha(call: Call, name: str) -> str:
    """A branch, a ref or a commit."""
    for ref in (name, f"refs/{name}", f"refs/heads/{name}"):
        if ref in call.state.refs:
            return call.state.refs[ref]
    if len(name) == 40 and call.hub.bare.has(name, "commit"):
        return name
    raise Refused(422, f"No commit found for SHA: {name}")


@route("git/get-ref")
def _get_ref(call: Call) -> Answer:
    name = f"refs/{call.what.parameters['ref']}"
    if name not in call.state.refs:
        raise missing()
    return 200, render.ref(call.hub, name, call.state.refs[name])


@route("git/list-matching-refs")
def _matching(call: Call) -> Answer:
    prefix = f"refs/{call.what.parameters['ref']}"
    found = [render.ref(call.hub, n, s) for n, s in sorted(call.state.refs.items()) if n.startswith(prefix)]
    return 200, found


@route("git/create-ref")
def _create_ref(call: Call) -> Answer:
    name, sha = call.body["ref"], call.body["sha"]
    call.hub.create_ref(name, sha, call.by)
    return 201, render.ref(call.hub, name, sha)


@route("git/update-ref")
def _update_ref(call: Call) -> Answer:
    name, sha = f"refs/{call.what.parameters['ref']}", call.body["sha"]
    call.hub.update_ref(name, sha, call.by, force=bool(call.body.get("force")))
    return 200, render.ref(call.hub, name, sha)


@route("git/delete-ref")
def _delete_ref(call: Call) -> Answer:
    call.hub.delete_ref(f"refs/{call.what.parameters['ref']}", call.by)
    return 204, None


@route("git/create-blob")
def _create_blob(call: Call) -> Answer:
    try:
        text = call.body["content"]
        data = (
            base64.b64decode(text, validate=True) if call.body.get("encoding") == "base64" else text.encode()
        )
    except binascii.Error as error:
        raise Refused(422, "content is not valid Base64") from error
    sha = call.hub.bare.write("blob", data)
    return 201, {"sha": sha, "url": f"{call.hub.api}/git/blobs/{sha}"}


@route("git/get-blob")
def _get_blob(call: Call) -> Answer:
    sha = call.what.parameters["file_sha"]
    if not call.hub.bare.has(sha, "blob"):
        raise missing()
    data = call.hub.bare.blob(sha)
    return 200, {
        "sha": sha,
        "node_id": f"B_{sha}",
        "size": len(data),
        "url": f"{call.hub.api}/git/blobs/{sha}",
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }


@route("git/create-tree")
def _create_tree(call: Call) -> Answer:
    bare, start = call.hub.bare, call.body.get("base_tree")
    if start is not None and bare.has(start, "commit"):
        start = bare.commit(start).tree
    if start is not None and not bare.has(start, "tree"):
        raise Refused(422, "base_tree is not a valid tree")
    changes: dict[str, Entry | None] = {}
    for item in call.body["tree"]:
        if "content" in item:
            sha = bare.write("blob", item["content"].encode())
        elif item.get("sha") is None:
            changes[item["path"]] = None
            continue
        else:
            sha = item["sha"]
        if bare.read(sha) is None:
            raise Refused(422, f"tree.sha {sha} is not a valid object")
        changes[item["path"]] = Entry(item.get("mode", "100644"), item.get("type", "blob"), sha)
    made = bare.tree_with(start, changes)
    return 201, _tree(call, made, recursive=False)


@route("git/get-tree")
def _get_tree(call: Call) -> Answer:
    name, bare = call.what.parameters["tree_sha"], call.hub.bare
    sha = name if bare.has(name, "tree") else bare.commit(_sha(call, name)).tree
    return 200, _tree(call, sha, recursive="recursive" in call.query)


def _tree(call: Call, sha: str, *, recursive: bool) -> dict[str, Any]:
    bare = call.hub.bare
    entries = bare.files(sha) if recursive else bare.tree(sha)
    shown = [
        {
            "path": path,
            "mode": entry.mode,
            "type": entry.kind,
            "sha": entry.sha,
            "url": f"{call.hub.api}/git/{entry.kind}s/{entry.sha}",
            **({"size": len(bare.blob(entry.sha))} if entry.kind == "blob" else {}),
        }
        for path, entry in entries.items()
    ]
    return {"sha": sha, "url": f"{call.hub.api}/git/trees/{sha}", "tree": shown, "truncated": False}


@route("git/create-commit")
def _create_commit(call: Call) -> Answer:
    bare, body = call.hub.bare, call.body
    if not bare.has(body["tree"], "tree"):
        raise Refused(422, "Tree SHA does not exist")
    for parent in body.get("parents", ()):
        if not bare.has(parent, "commit"):
            raise Refused(422, "Parent SHA does not exist or is not a commit object")
    given = {role: body[role] for role in ("author", "committer") if role in body}
    bot = call.token.kind in {"app", "actions"}
    who = _signed(call, given.get("author")) or call.hub.signed(call.by)
    committer = _signed(call, given.get("committer")) or (call.hub.web() if bot and not given else who)
    sha = bare.write_commit(
        body["tree"],
        body.get("parents", []),
        body["message"],
        author=who,
        committer=committer,
        sign=bot and not given and "signature" not in body,
    )
    return 201, render.git_commit(call.hub, bare.commit(sha))


def _signed(call: Call, given: dict[str, str] | None) -> Signed | None:
    if given is None:
        return None
    when = given.get("date")
    return Signed(
        given["name"], given["email"], datetime.fromisoformat(when) if when else call.hub.now()
    )


@route("git/get-commit")
def _get_commit(call: Call) -> Answer:
    sha = call.what.parameters["commit_sha"]
    if not call.hub.bare.has(sha, "commit"):
        raise missing()
    return 200, render.git_commit(call.hub, call.hub.bare.commit(sha))


@route("repos/get-commit")
def _commit(call: Call) -> Answer:
    found = call.hub.bare.commit(_sha(call, call.what.parameters["ref"]))
    shown = render.commit(call.hub, found)
    if found.parents:
        files = render.diff(call.hub, found.parents[0], found.sha)
        plus, minus = (sum(f[key] for f in files) for key in ("additions", "deletions"))
        shown |= {"files": files, "stats": {"additions": plus, "deletions": minus, "total": plus + minus}}
    return 200, shown


@route("repos/list-commits")
def _commits(call: Call) -> Answer:
    start = _sha(call, call.query.get("sha", call.hub.base))
    paths = [call.query["path"]] if "path" in call.query else []
    shas = call.hub.bare.git("rev-list", start, "--", *paths).split()
    return 200, [render.commit(call.hub, call.hub.bare.commit(sha)) for sha in call.page(shas)]


@route("repos/compare-commits-with-basehead")
def _compare(call: Call) -> Answer:
    hub, (left, dots, right) = call.hub, call.what.parameters["basehead"].partition("...")
    if not dots:
        raise missing()
    base, head = _sha(call, left), _sha(call, right)
    start = hub.bare.merge_base(base, head)
    if start is None:
        raise Refused(404, "No common ancestor", kind="NOT_FOUND")
    ahead, behind = hub.bare.line(head, f"^{base}"), hub.bare.line(base, f"^{head}")
    state = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    here, html = f"{hub.api}/compare/{left}...{right}", f"{hub.url}/{hub.full_name}/compare/{left}...{right}"
    return 200, {
        "url": here,
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": render.commit(hub, hub.bare.commit(base)),
        "merge_base_commit": render.commit(hub, hub.bare.commit(start)),
        "status": state,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [render.commit(hub, hub.bare.commit(sha)) for sha in reversed(ahead)],
        "files": render.diff(hub, base, head),
    }


@route("repos/get-content")
def _content(call: Call) -> Answer:
    at = call.query.get("ref", call.hub.base)
    path = call.what.parameters["path"]
    entry = call.hub.bare.entry(call.hub.bare.commit(_sha(call, at)).tree, path)
    if entry is None or entry.kind != "blob":
        raise missing()
    return 200, render.content(call.hub, path, at, entry, call.hub.bare.blob(entry.sha))


# Statuses and checks


@route("repos/create-commit-status")
def _set_status(call: Call) -> Answer:
    body = call.body
    made = call.hub.set_status(
        call.what.parameters["sha"],
        call.by,
        state=body["state"],
        context=body.get("context", "default"),
        description=body.get("description") or "",
        target=body.get("target_url"),
    )
    return 201, render.status(call.hub, made)


@route("repos/list-commit-statuses-for-ref")
def _statuses(call: Call) -> Answer:
    found = call.state.statuses.get(_sha(call, call.what.parameters["ref"]), [])
    return 200, [render.status(call.hub, item) for item in call.page(list(reversed(found)))]


@route("repos/get-combined-status-for-ref")
def _combined(call: Call) -> Answer:
    sha = _sha(call, call.what.parameters["ref"])
    latest = {item.context: item for item in call.state.statuses.get(sha, ())}
    states = {item.state for item in latest.values()}
    failed = states & {"failure", "error"}
    state = "failure" if failed else "pending" if "pending" in states or not states else "success"
    return 200, {
        "state": state,
        "sha": sha,
        "total_count": len(latest),
        "statuses": [render.status(call.hub, item, simple=True) for item in latest.values()],
        "repository": render.repository(call.hub),
        "commit_url": f"{call.hub.api}/commits/{sha}",
        "url": f"{call.hub.api}/commits/{sha}/status",
    }


@route("checks/list-for-ref")
def _checks(call: Call) -> Answer:
    sha = _sha(call, call.what.parameters["ref"])
    runs = call.state.checks.get(sha, [])
    shown = [render.check_run(call.hub, sha, run) for run in call.page(list(runs))]
    return 200, {"total_count": len(runs), "check_runs": shown}


# Pull requests


@route("pulls/list")
def _pulls(call: Call) -> Answer:
    found, wanted = call.state.pulls(), call.query.get("state", "open")
    if wanted != "all":
        found = [pull for pull in found if pull.state == wanted]
    owner, colon, branch = call.query.get("head", "").partition(":")
    if colon:  # without an owner it is ignored, without a word
        found = [p for p in found if (p.head_repo.split("/")[0], p.head_ref) == (owner, branch)]
    if "base" in call.query:
        found = [pull for pull in found if pull.base_ref == call.query["base"]]
    key = {"updated": "updated"}.get(call.query.get("sort", "created"), "number")
    newest = call.query.get("direction", "desc" if "sort" not in call.query else "asc") == "desc"
    found.sort(key=lambda pull: (getattr(pull, key), pull.number), reverse=newest)
    return 200, [render.pull(call.hub, pull) for pull in call.page(found)]


@route("pulls/create")
def _new_pull(call: Call) -> Answer:
    body = call.body
    made = call.hub.open_pull(
        call.by,
        head=body["head"],
        title=body.get("title") or "",
        body=body.get("body") or "",
        base=body["base"],
        draft=bool(body.get("draft")),
    )
    return 201, render.pull(call.hub, made, full=True)


@route("pulls/get")
def _pull(call: Call) -> Answer:
    return 200, render.pull(call.hub, _item(call, Pull), full=True)


@route("pulls/update")
def _edit_pull(call: Call) -> Answer:
    pull = _item(call, Pull)
    _edit(call, pull)
    if call.body.get("base", pull.base_ref) != pull.base_ref:
        pull.base_ref = call.body["base"]
    return 200, render.pull(call.hub, pull, full=True)


def _edit(call: Call, item: Item) -> None:
    body = call.body
    if "title" in body or "body" in body:
        text = (body["body"] or "") if "body" in body else None
        call.hub.edit(item, call.by, title=body.get("title"), body=text)
    if body.get("state") == "closed":
        call.hub.close(item, call.by, reason=body.get("state_reason"))
    elif body.get("state") == "open":
        call.hub.reopen(item, call.by)


@route("pulls/merge")
def _merge(call: Call) -> Answer:
    body = call.body
    sha = merging.merge(
        call.hub,
        _item(call, Pull),
        call.by,
        method=body.get("merge_method", "merge"),
        sha=body.get("sha"),
        title=body.get("commit_title"),
        message=body.get("commit_message"),
    )
    return 200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


@route("pulls/check-if-merged")
def _is_merged(call: Call) -> Answer:
    if not _item(call, Pull).merged:
        raise missing()
    return 204, None


@route("pulls/list-commits")
def _pull_commits(call: Call) -> Answer:
    pull = _item(call, Pull)
    shas = list(reversed(call.hub.bare.line(pull.head, f"^{pull.base}")))
    return 200, [render.commit(call.hub, call.hub.bare.commit(sha)) for sha in call.page(shas)]


@route("pulls/list-files")
def _pull_files(call: Call) -> Answer:
    pull = _item(call, Pull)
    return 200, call.page(render.diff(call.hub, pull.base, pull.head))


@route("pulls/list-reviews")
def _reviews(call: Call) -> Answer:
    pull = _item(call, Pull)
    return 200, [render.review(call.hub, pull, made) for made in call.page(list(pull.reviews))]


@route("pulls/create-review")
def _review(call: Call) -> Answer:
    events = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
    pull = _item(call, Pull)
    state = events[call.body.get("event", "COMMENT")]
    return 200, render.review(
        call.hub, pull, call.hub.review(pull, call.by, state, call.body.get("body", ""))
    )


@route("repos/list-pull-requests-associated-with-commit")
def _pulls_of(call: Call) -> Answer:
    sha = call.what.parameters["commit_sha"]
    found = [pull for pull in call.state.pulls() if sha in {pull.head, pull.merge_commit}]
    return 200, [render.pull(call.hub, pull) for pull in call.page(found)]


# Issues


@route("issues/list-for-repo")
def _issues(call: Call) -> Answer:
    found = list(call.state.items.values())
    wanted = call.query.get("state", "open")
    if wanted != "all":
        found = [item for item in found if item.state == wanted]
    for name in filter(None, call.query.get("labels", "").split(",")):
        found = [item for item in found if name in item.labels]
    if "creator" in call.query:
        found = [item for item in found if item.author == call.query["creator"]]
    if "since" in call.query:
        since = datetime.fromisoformat(call.query["since"])
        found = [item for item in found if item.updated >= since]
    key = "updated" if call.query.get("sort") == "updated" else "number"
    newest = call.query.get("direction", "desc") == "desc"
    found.sort(key=lambda item: (getattr(item, key), item.number), reverse=newest)
    return 200, [render.issue(call.hub, item) for item in call.page(found)]


@route("issues/create")
def _new_issue(call: Call) -> Answer:
    body = call.body
    names = [name if isinstance(name, str) else name["name"] for name in body.get("labels", ())]
    made = call.hub.new_issue(call.by, str(body["title"]), body.get("body") or "", names)
    return 201, render.issue(call.hub, made)


@route("issues/get")
def _issue(call: Call) -> Answer:
    return 200, render.issue(call.hub, _item(call))


@route("issues/update")
def _edit_issue(call: Call) -> Answer:
    item = _item(call)
    _edit(call, item)
    if "labels" in call.body:
        names = [name if isinstance(name, str) else name["name"] for name in call.body["labels"]]
        call.hub.relabel(item, names, call.by)
    return 200, render.issue(call.hub, item)


@route("issues/list-comments")
def _comments(call: Call) -> Answer:
    item = _item(call)
    return 200, [render.comment(call.hub, item, made) for made in call.page(list(item.comments))]


@route("issues/create-comment")
def _comment(call: Call) -> Answer:
    item = _item(call)
    return 201, render.comment(call.hub, item, call.hub.comment(item, call.by, call.body["body"]))


@route("issues/update-comment")
def _edit_comment(call: Call) -> Answer:
    wanted = int(call.what.parameters["comment_id"])
    for item in call.hub.state.items.values():
        for made in item.comments:
            if made.id == wanted:
                made.body, made.edited = call.body["body"], call.hub.now()
                return 200, render.comment(call.hub, item, made)
    raise missing()


@route("issues/list-events")
def _events(call: Call) -> Answer:
    return 200, [render.event(call.hub, made) for made in call.page(list(_item(call).events))]


@route("issues/list-events-for-timeline")
def _timeline(call: Call) -> Answer:
    item = _item(call)
    shown: list[tuple[int, Any]] = [(made.id, render.event(call.hub, made)) for made in item.events]
    for made in item.comments:
        entry = {**render.comment(call.hub, item, made), "event": "commented"}
        shown.append((made.id, {**entry, "actor": entry["user"]}))
    return 200, call.page([entry for _, entry in sorted(shown, key=lambda pair: pair[0])])


@route("issues/list-labels-on-issue")
def _labels_of(call: Call) -> Answer:
    return 200, [render.label(call.hub, name) for name in call.page(list(_item(call).labels))]


@route("issues/add-labels")
def _add_labels(call: Call) -> Answer:
    item = _item(call)
    names = call.body.get("labels", ())
    call.hub.relabel(item, [*item.labels, *names], call.by)
    return 200, [render.label(call.hub, name) for name in item.labels]


@route("issues/remove-label")
def _remove_label(call: Call) -> Answer:
    item, name = _item(call), call.what.parameters["name"]
    if name not in item.labels:
        raise Refused(404, "Label does not exist", kind="NOT_FOUND")
    call.hub.relabel(item, [known for known in item.labels if known != name], call.by)
    return 200, [render.label(call.hub, known) for known in item.labels]


@route("issues/list-labels-for-repo")
def _labels(call: Call) -> Answer:
    return 200, [render.label(call.hub, name) for name in call.page(sorted(call.state.labels))]


@route("issues/get-label")
def _get_label(call: Call) -> Answer:
    if call.what.parameters["name"] not in call.state.labels:
        raise missing()
    return 200, render.label(call.hub, call.what.parameters["name"])


@route("issues/create-label")
def _create_label(call: Call) -> Answer:
    name = call.body["name"]
    if name in call.hub.state.labels:
        problem = {"resource": "Label", "code": "already_exists", "field": "name"}
        raise Refused(422, "Validation Failed", errors=[problem])
    call.hub.wrote()
    call.hub.state.labels[name] = call.body.get("color", "ededed")
    return 201, render.label(call.hub, name)
