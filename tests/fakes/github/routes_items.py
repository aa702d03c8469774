"""REST: pull requests, issues, labels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.fakes.github import diffs, merging, render, render_git
from tests.fakes.github.calls import Call
from tests.fakes.github.routing import Answer, item_of, missing, route
from tests.fakes.github.state import Item, Pull, Refused

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
    return 200, render.pull(call.hub, item_of(call, Pull), full=True)


@route("pulls/update")
def _edit_pull(call: Call) -> Answer:
    pull = item_of(call, Pull)
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
        item_of(call, Pull),
        call.by,
        method=body.get("merge_method", "merge"),
        sha=body.get("sha"),
        title=body.get("commit_title"),
        message=body.get("commit_message"),
    )
    return 200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


@route("pulls/check-if-merged")
def _is_merged(call: Call) -> Answer:
    if not item_of(call, Pull).merged:
        raise missing()
    return 204, None


@route("pulls/list-commits")
def _pull_commits(call: Call) -> Answer:
    pull = item_of(call, Pull)
    shas = list(reversed(call.hub.bare.line(pull.head, f"^{pull.base}")))
    return 200, [render_git.commit(call.hub, call.hub.bare.commit(sha)) for sha in call.page(shas)]


@route("pulls/list-files")
def _pull_files(call: Call) -> Answer:
    pull = item_of(call, Pull)
    return 200, call.page(diffs.diff(call.hub, pull.base, pull.head))


@route("pulls/list-reviews")
def _reviews(call: Call) -> Answer:
    pull = item_of(call, Pull)
    return 200, [render.review(call.hub, pull, made) for made in call.page(list(pull.reviews))]


@route("pulls/create-review")
def _review(call: Call) -> Answer:
    events = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
    pull = item_of(call, Pull)
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
    return 200, render.issue(call.hub, item_of(call))


@route("issues/update")
def _edit_issue(call: Call) -> Answer:
    item = item_of(call)
    _edit(call, item)
    if "labels" in call.body:
        names = [name if isinstance(name, str) else name["name"] for name in call.body["labels"]]
        call.hub.relabel(item, names, call.by)
    return 200, render.issue(call.hub, item)


@route("issues/list-comments")
def _comments(call: Call) -> Answer:
    item = item_of(call)
    return 200, [render.comment(call.hub, item, made) for made in call.page(list(item.comments))]


@route("issues/create-comment")
def _comment(call: Call) -> Answer:
    item = item_of(call)
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
    return 200, [render.event(call.hub, made) for made in call.page(list(item_of(call).events))]


@route("issues/list-events-for-timeline")
def _timeline(call: Call) -> Answer:
    item = item_of(call)
    shown: list[tuple[int, Any]] = [(made.id, render.event(call.hub, made)) for made in item.events]
    for made in item.comments:
        entry = {**render.comment(call.hub, item, made), "event": "commented"}
        shown.append((made.id, {**entry, "actor": entry["user"]}))
    return 200, call.page([entry for _, entry in sorted(shown, key=lambda pair: pair[0])])


@route("issues/list-labels-on-issue")
def _labels_of(call: Call) -> Answer:
    return 200, [render.label(call.hub, name) for name in call.page(list(item_of(call).labels))]


@route("issues/add-labels")
def _add_labels(call: Call) -> Answer:
    item = item_of(call)
    names = call.body.get("labels", ())
    call.hub.relabel(item, [*item.labels, *names], call.by)
    return 200, [render.label(call.hub, name) for name in item.labels]


@route("issues/remove-label")
def _remove_label(call: Call) -> Answer:
    item, name = item_of(call), call.what.parameters["name"]
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
