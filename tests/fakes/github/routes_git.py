"""REST: the Git database, commits, statuses and checks."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

from tests.fakes.github import diffs, render, render_git
from tests.fakes.github.calls import Call
from tests.fakes.github.objects import Entry, Signed
from tests.fakes.github.routing import Answer, missing, route
from tests.fakes.github.state import Refused

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
    return 200, render_git.ref(call.hub, name, call.state.refs[name])


@route("git/list-matching-refs")
def _matching(call: Call) -> Answer:
    prefix = f"refs/{call.what.parameters['ref']}"
    found = [
        render_git.ref(call.hub, n, s) for n, s in sorted(call.state.refs.items()) if n.startswith(prefix)
    ]
    return 200, found


@route("git/create-ref")
def _create_ref(call: Call) -> Answer:
    name, sha = call.body["ref"], call.body["sha"]
    call.hub.create_ref(name, sha, call.by)
    return 201, render_git.ref(call.hub, name, sha)


@route("git/update-ref")
def _update_ref(call: Call) -> Answer:
    name, sha = f"refs/{call.what.parameters['ref']}", call.body["sha"]
    call.hub.update_ref(name, sha, call.by, force=bool(call.body.get("force")))
    return 200, render_git.ref(call.hub, name, sha)


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
    return 201, render_git.git_commit(call.hub, bare.commit(sha))


def _signed(call: Call, given: dict[str, str] | None) -> Signed | None:
    if given is None:
        return None
    when = given.get("date")
    return Signed(given["name"], given["email"], datetime.fromisoformat(when) if when else call.hub.now())


@route("git/get-commit")
def _get_commit(call: Call) -> Answer:
    sha = call.what.parameters["commit_sha"]
    if not call.hub.bare.has(sha, "commit"):
        raise missing()
    return 200, render_git.git_commit(call.hub, call.hub.bare.commit(sha))


@route("repos/get-commit")
def _commit(call: Call) -> Answer:
    found = call.hub.bare.commit(_sha(call, call.what.parameters["ref"]))
    shown = render_git.commit(call.hub, found)
    if found.parents:
        files = diffs.diff(call.hub, found.parents[0], found.sha)
        plus, minus = (sum(f[key] for f in files) for key in ("additions", "deletions"))
        shown |= {"files": files, "stats": {"additions": plus, "deletions": minus, "total": plus + minus}}
    return 200, shown


@route("repos/list-commits")
def _commits(call: Call) -> Answer:
    start = _sha(call, call.query.get("sha", call.hub.base))
    paths = [call.query["path"]] if "path" in call.query else []
    shas = call.hub.bare.git("rev-list", start, "--", *paths).split()
    return 200, [render_git.commit(call.hub, call.hub.bare.commit(sha)) for sha in call.page(shas)]


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
        "base_commit": render_git.commit(hub, hub.bare.commit(base)),
        "merge_base_commit": render_git.commit(hub, hub.bare.commit(start)),
        "status": state,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [render_git.commit(hub, hub.bare.commit(sha)) for sha in reversed(ahead)],
        "files": diffs.diff(hub, base, head),
    }


@route("repos/get-content")
def _content(call: Call) -> Answer:
    at = call.query.get("ref", call.hub.base)
    path = call.what.parameters["path"]
    entry = call.hub.bare.entry(call.hub.bare.commit(_sha(call, at)).tree, path)
    if entry is None or entry.kind != "blob":
        raise missing()
    return 200, render_git.content(call.hub, path, at, entry, call.hub.bare.blob(entry.sha))


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
    return 201, render_git.status(call.hub, made)


@route("repos/list-commit-statuses-for-ref")
def _statuses(call: Call) -> Answer:
    found = call.state.statuses.get(_sha(call, call.what.parameters["ref"]), [])
    return 200, [render_git.status(call.hub, item) for item in call.page(list(reversed(found)))]


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
        "statuses": [render_git.status(call.hub, item, simple=True) for item in latest.values()],
        "repository": render.repository(call.hub),
        "commit_url": f"{call.hub.api}/commits/{sha}",
        "url": f"{call.hub.api}/commits/{sha}/status",
    }


@route("checks/list-for-ref")
def _checks(call: Call) -> Answer:
    sha = _sha(call, call.what.parameters["ref"])
    runs = call.state.checks.get(sha, [])
    shown = [render_git.check_run(call.hub, sha, run) for run in call.page(list(runs))]
    return 200, {"total_count": len(runs), "check_runs": shown}
