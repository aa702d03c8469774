"""GraphQL: documents are held against GitHub's schema, then answered from what the reader sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.fakes.github import merging
from tests.fakes.github.calls import authorize
from tests.fakes.github.connections import View, fails, refused
from tests.fakes.github.hub import Hub
from tests.fakes.github.objects import ZERO
from tests.fakes.github.state import Pull, Refused, State, Token
from tests.fakes.github.views import Views

HERE = Path(__file__).parent
# What each mutation needs, as the REST operation of the same effect.
NEEDS = {
    "updateRefs": "git/update-ref",
    "updateRef": "git/update-ref",
    "createRef": "git/create-ref",
    "deleteRef": "git/delete-ref",
    "createCommitOnBranch": "git/update-ref",
    "markPullRequestReadyForReview": "pulls/update",
    "convertPullRequestToDraft": "pulls/update",
    "closePullRequest": "pulls/update",
    "reopenPullRequest": "pulls/update",
    "enqueuePullRequest": "pulls/merge",
    "dequeuePullRequest": "pulls/merge",
    "revertPullRequest": "pulls/create",
}
# What each field needs to be read, by its type.
READS = {
    "Repository.pullRequests": "pulls/list",
    "Repository.pullRequest": "pulls/get",
    "Repository.issues": "issues/list-for-repo",
    "Repository.ref": "git/get-ref",
    "Repository.refs": "git/list-matching-refs",
    "Repository.defaultBranchRef": "git/get-ref",
    "Ref.associatedPullRequests": "pulls/list",
    "Commit.status": "repos/get-combined-status-for-ref",
}


class Gap(Exception):  # noqa: N818 - a complaint
    """The document asks for what this fake does not know."""


@cache
def schema() -> GraphQLSchema:
    return build_schema((HERE / "schema.graphql").read_text(encoding="utf-8"))


@cache
def _parsed(text: str) -> tuple[DocumentNode, tuple[str, ...]]:
    """The document, and what is wrong with it."""
    document = parse(text)
    return document, tuple(error.message for error in validate(schema(), document))


def problems(text: str) -> tuple[str, ...]:
    """Where a document is not one that GitHub would take."""
    try:
        return _parsed(text)[1]
    except GraphQLError as error:
        return (error.message,)


def is_mutation(text: str) -> bool:
    document, _ = _parsed(text)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return any(node.operation is OperationType.MUTATION for node in operations)


def answer(
    hub: Hub, token: Token, state: State, text: str, variables: dict[str, Any], name: str | None
) -> View:
    """The response body."""
    document, wrong = _parsed(text)
    assert not wrong
    views = Views(hub, state, token.login)
    gaps: list[str] = []
    result = execute_sync(
        schema(),
        document,
        root_value={
            "viewer": lambda _: views.me(),
            "repository": lambda _, owner, name, **__: views.repository(owner, name),
            "node": lambda _, id: views.node(id),  # noqa: A006
            "nodes": lambda _, ids: views.nodes(ids),
            "rateLimit": lambda _, **__: _RATE,
            **{key: _mutation(hub, token, views, key) for key in MUTATIONS},
        },
        variable_values=variables,
        operation_name=name,
        field_resolver=_resolver(hub, token, gaps),
    )
    if gaps:
        raise Gap(", ".join(sorted(set(gaps))))
    found: View = {"data": result.data}
    if result.errors:
        found["errors"] = [_error(error) for error in result.errors]
    return found


_RATE = {
    "limit": 5000,
    "cost": 1,
    "remaining": 4999,
    "used": 1,
    "resetAt": "2100-01-01T00:00:00Z",
    "nodeCount": 1,
}


def _resolver(hub: Hub, token: Token, gaps: list[str]) -> Callable[..., Any]:
    def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        name = info.field_name
        if name not in source:
            gaps.append(f"{info.parent_type.name}.{name}")
            return None
        needs = READS.get(f"{info.parent_type.name}.{name}")
        if needs:
            _allow(hub, token, needs)
        value = source[name]
        return value(info, **arguments) if callable(value) else value

    return resolve


def _allow(hub: Hub, token: Token, operation: str) -> None:
    try:
        authorize(hub, token, operation)
    except Refused as error:
        raise refused(error) from error


def _error(error: GraphQLError) -> View:
    found: View = {"message": error.message, "path": error.path}
    kind = (error.extensions or {}).get("type")
    if kind:
        found["type"] = kind
    if error.locations:
        found["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return found


# Mutations


def _mutation(hub: Hub, token: Token, views: Views, name: str) -> Callable[..., Any]:
    def run(_: GraphQLResolveInfo[Any], input: dict[str, Any]) -> View:  # noqa: A002 - GitHub's word
        try:
            authorize(hub, token, NEEDS[name])
            made = MUTATIONS[name](hub, views, token.login, input)
        except Refused as error:
            raise refused(error) from error
        return {**made, "clientMutationId": input.get("clientMutationId")}

    return run


def _pull(hub: Hub, identity: str) -> Pull:
    number = re.fullmatch(r"(?:PR|MQE)_(\d+)", identity)
    if number is None:
        raise fails("NOT_FOUND", f"Could not resolve to a node with the global id of '{identity}'")
    return hub.find(int(number[1]), Pull)


def _update_refs(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
    """One transaction: either every ref is moved, or none."""
    changes = []
    for update in wanted["refUpdates"]:
        ref, new, known = update["name"], update["afterOid"], hub.state.refs.get(update["name"])
        old = update.get("beforeOid")
        if old is not None and old != (known or ZERO):
            raise Refused(422, f"Reference cannot be updated: {ref} is at {known or ZERO} but expected {old}")
        if new != ZERO and not hub.bare.has(new, "commit"):
            raise Refused(422, f"Object does not exist: {new}")
        if known and new != ZERO and not update.get("force") and not hub.bare.contains(new, known):
            raise Refused(422, f"{ref} is not a fast forward")
        hub.guard_base(ref, by)
        changes.append((ref, None if new == ZERO else new, known))
    hub.move(changes, by)
    return {}


def _create_ref(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
    hub.create_ref(wanted["name"], wanted["oid"], by)
    return {"ref": views.ref(wanted["name"])}


def _commit_on_branch(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
    branch = wanted["branch"]["branchName"]
    ref = f"refs/heads/{branch.removeprefix('refs/heads/')}"
    head = hub.state.refs.get(ref)
    if head is None:
        raise Refused(422, f"Branch {branch} does not exist", kind="NOT_FOUND")
    if head != wanted["expectedHeadOid"]:
        told = f'Expected branch to point to "{wanted["expectedHeadOid"]}" but it points to "{head}". Pull and try again.'
        raise Refused(422, told, kind="STALE_DATA")
    import base64  # noqa: PLC0415 - one use

    changes = wanted.get("fileChanges") or {}
    files: dict[str, bytes | None] = {
        one["path"]: base64.b64decode(one["contents"]) for one in changes.get("additions", ())
    }
    files |= {one["path"]: None for one in changes.get("deletions", ())}
    message = wanted["message"]["headline"]
    if wanted["message"].get("body"):
        message += f"\n\n{wanted['message']['body']}"
    made = hub.commit_files(head, files, message, by=by)
    hub.update_ref(ref, made, by, force=False)
    return {"commit": views.commit(made), "ref": views.ref(ref)}


def _draft(*, draft: bool) -> Callable[..., View]:
    def change(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
        pull = _pull(hub, wanted["pullRequestId"])
        hub.set_draft(pull, by, draft=draft)
        return {"pullRequest": views.pull(pull)}

    return change


def _enqueue(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
    pull = _pull(hub, wanted["pullRequestId"])
    merging.enqueue(hub, pull, by, wanted.get("expectedHeadOid"))
    return {"mergeQueueEntry": views.entry(pull)}


def _dequeue(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
    pull = _pull(hub, wanted["id"])
    entry = views.entry(pull)
    merging.dequeue(hub, pull, by)
    return {"mergeQueueEntry": entry}


def _close(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
    pull = _pull(hub, wanted["pullRequestId"])
    hub.close(pull, by)
    return {"pullRequest": views.pull(pull)}


def _reopen(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
    pull = _pull(hub, wanted["pullRequestId"])
    hub.reopen(pull, by)
    return {"pullRequest": views.pull(pull)}


def _revert(hub: Hub, views: Views, by: str, wanted: dict[str, Any]) -> View:
    pull = _pull(hub, wanted["pullRequestId"])
    made = merging.revert(hub, pull, by, draft=bool(wanted.get("draft")))
    return {"pullRequest": views.pull(pull), "revertPullRequest": views.pull(made)}


MUTATIONS: dict[str, Callable[[Hub, Views, str, dict[str, Any]], View]] = {
    "updateRefs": _update_refs,
    "createRef": _create_ref,
    "createCommitOnBranch": _commit_on_branch,
    "markPullRequestReadyForReview": _draft(draft=False),
    "convertPullRequestToDraft": _draft(draft=True),
    "enqueuePullRequest": _enqueue,
    "dequeuePullRequest": _dequeue,
    "closePullRequest": _close,
    "reopenPullRequest": _reopen,
    "revertPullRequest": _revert,
}
