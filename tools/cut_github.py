"""Cut GitHub's API descriptions down to what the tests' fake GitHub speaks, and write them beside it.

python tools/cut_github.py FOLDER     FOLDER has @octokit/openapi and @octokit/graphql-schema unpacked, as
                                      `npm install --ignore-scripts` leaves them in node_modules/@octokit
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "tests" / "fakes" / "github"
R = "/repos/{owner}/{repo}"
OPERATIONS: dict[str, str] = {
    "/app": "get",
    "/app/installations/{installation_id}/access_tokens": "post",
    "/meta": "get",
    "/rate_limit": "get",
    "/user": "get",
    "/users/{username}": "get",
    R: "get",
    f"{R}/branches/{{branch}}": "get",
    f"{R}/branches/{{branch}}/protection": "get",
    f"{R}/collaborators/{{username}}/permission": "get",
    f"{R}/commits": "get",
    f"{R}/commits/{{commit_sha}}/pulls": "get",
    f"{R}/commits/{{ref}}": "get",
    f"{R}/commits/{{ref}}/check-runs": "get",
    f"{R}/commits/{{ref}}/status": "get",
    f"{R}/commits/{{ref}}/statuses": "get",
    f"{R}/compare/{{basehead}}": "get",
    f"{R}/contents/{{path}}": "get",
    f"{R}/dispatches": "post",
    f"{R}/git/blobs": "post",
    f"{R}/git/blobs/{{file_sha}}": "get",
    f"{R}/git/commits": "post",
    f"{R}/git/commits/{{commit_sha}}": "get",
    f"{R}/git/matching-refs/{{ref}}": "get",
    f"{R}/git/ref/{{ref}}": "get",
    f"{R}/git/refs": "post",
    f"{R}/git/refs/{{ref}}": "patch delete",
    f"{R}/git/trees": "post",
    f"{R}/git/trees/{{tree_sha}}": "get",
    f"{R}/installation": "get",
    f"{R}/issues": "get post",
    f"{R}/issues/{{issue_number}}": "get patch",
    f"{R}/issues/{{issue_number}}/comments": "get post",
    f"{R}/issues/{{issue_number}}/events": "get",
    f"{R}/issues/{{issue_number}}/labels": "get post",
    f"{R}/issues/{{issue_number}}/labels/{{name}}": "delete",
    f"{R}/issues/{{issue_number}}/timeline": "get",
    f"{R}/issues/comments/{{comment_id}}": "patch",
    f"{R}/labels": "get post",
    f"{R}/labels/{{name}}": "get",
    f"{R}/pulls": "get post",
    f"{R}/pulls/{{pull_number}}": "get patch",
    f"{R}/pulls/{{pull_number}}/commits": "get",
    f"{R}/pulls/{{pull_number}}/files": "get",
    f"{R}/pulls/{{pull_number}}/merge": "get put",
    f"{R}/pulls/{{pull_number}}/reviews": "get post",
    f"{R}/rules/branches/{{branch}}": "get",
    f"{R}/statuses/{{sha}}": "post",
}
Plain = TypeVar("Plain", bound=Node)
PROSE = {
    "description",
    "summary",
    "example",
    "examples",
    "externalDocs",
    "x-github",
    "tags",
    "headers",
    "title",
}

_NODE = "id"
_LINKS = "resourcePath url"
_EVENT = "id actor createdAt"
_CONNECTION = "nodes totalCount pageInfo edges"
_TEXT = "author body createdAt updatedAt lastEditedAt editor"
# Every type and the fields of it that are kept.
FIELDS: dict[str, str] = {
    "Query": "id repository viewer node nodes rateLimit",
    "Mutation": "createCommitOnBranch convertPullRequestToDraft markPullRequestReadyForReview enqueuePullRequest"
    " dequeuePullRequest revertPullRequest enablePullRequestAutoMerge disablePullRequestAutoMerge"
    " mergePullRequest closePullRequest reopenPullRequest updatePullRequest createPullRequest createRef"
    " updateRef updateRefs deleteRef createIssue updateIssue closeIssue reopenIssue addComment"
    " addLabelsToLabelable",
    "Repository": "id databaseId name nameWithOwner owner isArchived isDisabled isPrivate isFork viewerPermission"
    " defaultBranchRef ref refs object pullRequest pullRequests issue issues issueOrPullRequest label labels"
    " mergeQueue autoMergeAllowed mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed"
    " deleteBranchOnMerge hasIssuesEnabled rulesets branchProtectionRules url resourcePath collaborators",
    "PullRequest": "id databaseId fullDatabaseId number title state isDraft merged mergedAt mergedBy mergeCommit"
    " potentialMergeCommit closed closedAt mergeable mergeStateStatus reviewDecision url resourcePath"
    " permalink headRefName headRefOid headRef headRepository headRepositoryOwner isCrossRepository"
    " baseRefName baseRefOid baseRef baseRepository commits files reviews latestReviews"
    " latestOpinionatedReviews reviewThreads comments labels timelineItems isInMergeQueue"
    " isMergeQueueEnabled mergeQueueEntry mergeQueue autoMergeRequest statusCheckRollup repository additions"
    " deletions changedFiles locked authorAssociation bodyText maintainerCanModify viewerDidAuthor"
    f" viewerCanUpdate {_TEXT}",
    "Issue": "id databaseId fullDatabaseId number title state stateReason closed closedAt url resourcePath labels"
    " comments timelineItems repository locked authorAssociation bodyText viewerDidAuthor"
    f" userContentEdits {_TEXT}",
    "Commit": "id oid abbreviatedOid message messageHeadline messageBody authoredDate committedDate author"
    " committer parents tree file status statusCheckRollup signature associatedPullRequests checkSuites history"
    " repository url resourcePath commitResourcePath commitUrl changedFilesIfAvailable",
    "Tree": "id oid abbreviatedOid entries repository commitResourcePath commitUrl",
    "Blob": "id oid abbreviatedOid text byteSize isBinary isTruncated repository commitResourcePath commitUrl",
    "TreeEntry": "name path mode oid type object size extension",
    "Tag": "id oid abbreviatedOid name target repository commitResourcePath commitUrl",
    "Ref": "id name prefix target repository associatedPullRequests compare branchProtectionRule rules",
    "Comparison": "id status aheadBy behindBy baseTarget headTarget commits",
    "Actor": "login url resourcePath avatarUrl",
    "User": "id databaseId login name url resourcePath avatarUrl email isViewer",
    "Bot": "id databaseId login url resourcePath avatarUrl",
    "Mannequin": "id databaseId login url resourcePath avatarUrl",
    "Organization": "id databaseId login name url resourcePath avatarUrl",
    "RepositoryOwner": "id login url resourcePath avatarUrl",
    "Node": "id",
    "GitObject": "id oid abbreviatedOid repository commitResourcePath commitUrl",
    "GitActor": "name email date user",
    "GitSignature": "isValid state signer",
    "GpgSignature": "isValid state signer",
    "Comment": f"id {_TEXT}",
    "Closable": "closed closedAt",
    "Labelable": "labels",
    "UniformResourceLocatable": _LINKS,
    "RequirableByPullRequest": "isRequired",
    "Status": "id state contexts context commit",
    "StatusContext": "id context state description createdAt creator targetUrl commit isRequired",
    "CheckRun": "id databaseId name status conclusion startedAt completedAt isRequired checkSuite url"
    " resourcePath detailsUrl externalId",
    "CheckSuite": "id databaseId app status conclusion checkRuns commit",
    "App": "id databaseId name slug",
    "StatusCheckRollup": "id state contexts commit",
    "StatusCheckRollupContextConnection": _CONNECTION,
    "StatusCheckRollupContext": "",
    "PullRequestReview": f"id databaseId state submittedAt commit url resourcePath authorAssociation"
    f" authorCanPushToRepository {_TEXT}",
    "PullRequestReviewThread": "id isResolved isOutdated path line",
    "IssueComment": f"id databaseId url resourcePath authorAssociation {_TEXT}",
    "Label": "id name color description",
    "MergeQueue": "id entries url resourcePath",
    "MergeQueueEntry": "id position state enqueuedAt enqueuer headCommit pullRequest",
    "AutoMergeRequest": "enabledAt enabledBy mergeMethod pullRequest",
    "RateLimit": "limit cost remaining resetAt used nodeCount",
    "PageInfo": "endCursor hasNextPage hasPreviousPage startCursor",
    "IssueOrPullRequest": "",
    "Closer": "",
    "PullRequestTimelineItems": "",
    "IssueTimelineItems": "",
    "ClosedEvent": f"{_EVENT} closer stateReason closable url resourcePath",
    "ReopenedEvent": f"{_EVENT} stateReason closable",
    "MergedEvent": f"{_EVENT} commit mergeRefName url resourcePath pullRequest",
    "LabeledEvent": f"{_EVENT} label",
    "UnlabeledEvent": f"{_EVENT} label",
    "ReadyForReviewEvent": f"{_EVENT} url resourcePath",
    "ConvertToDraftEvent": f"{_EVENT} url resourcePath",
    "HeadRefDeletedEvent": f"{_EVENT} headRefName",
    "HeadRefRestoredEvent": _EVENT,
    "HeadRefForcePushedEvent": f"{_EVENT} beforeCommit afterCommit",
    "RenamedTitleEvent": f"{_EVENT} currentTitle previousTitle",
    "AddedToMergeQueueEvent": f"{_EVENT} enqueuer",
    "RemovedFromMergeQueueEvent": f"{_EVENT} enqueuer reason",
    "PullRequestCommit": "id commit url resourcePath pullRequest",
    "PullRequestChangedFile": "path additions deletions changeType",
    "RepositoryRuleset": "id databaseId name enforcement target",
    "BranchProtectionRule": "id pattern requiresApprovingReviews requiredApprovingReviewCount"
    " requiresStatusChecks requiredStatusCheckContexts",
    "RepositoryRule": "id type",
    "UserContentEdit": "id editedAt editor createdAt",
    "CreateCommitOnBranchPayload": "commit ref clientMutationId",
    "ConvertPullRequestToDraftPayload": "pullRequest clientMutationId",
    "MarkPullRequestReadyForReviewPayload": "pullRequest clientMutationId",
    "EnqueuePullRequestPayload": "mergeQueueEntry clientMutationId",
    "DequeuePullRequestPayload": "mergeQueueEntry clientMutationId",
    "RevertPullRequestPayload": "pullRequest revertPullRequest clientMutationId",
    "EnablePullRequestAutoMergePayload": "pullRequest actor clientMutationId",
    "DisablePullRequestAutoMergePayload": "pullRequest actor clientMutationId",
    "MergePullRequestPayload": "pullRequest actor clientMutationId",
    "ClosePullRequestPayload": "pullRequest clientMutationId",
    "ReopenPullRequestPayload": "pullRequest clientMutationId",
    "UpdatePullRequestPayload": "pullRequest actor clientMutationId",
    "CreatePullRequestPayload": "pullRequest clientMutationId",
    "CreateRefPayload": "ref clientMutationId",
    "UpdateRefPayload": "ref clientMutationId",
    "UpdateRefsPayload": "clientMutationId",
    "DeleteRefPayload": "clientMutationId",
    "CreateIssuePayload": "issue clientMutationId",
    "UpdateIssuePayload": "issue actor clientMutationId",
    "CloseIssuePayload": "issue clientMutationId",
    "ReopenIssuePayload": "issue clientMutationId",
    "AddCommentPayload": "subject commentEdge clientMutationId",
    "AddLabelsToLabelablePayload": "labelable clientMutationId",
}
CONNECTIONS = [
    "BranchProtectionRule",
    "CheckRun",
    "CheckSuite",
    "Commit",
    "CommitHistory",
    "ComparisonCommit",
    "Issue",
    "IssueComment",
    "IssueTimelineItems",
    "Label",
    "MergeQueueEntry",
    "PullRequest",
    "PullRequestChangedFile",
    "PullRequestCommit",
    "PullRequestReview",
    "PullRequestReviewThread",
    "PullRequestTimelineItems",
    "Ref",
    "RepositoryRule",
    "RepositoryRuleset",
    "UserContentEdit",
    "RepositoryCollaborator",
]
FIELDS |= {f"{name}Connection": _CONNECTION for name in CONNECTIONS}
FIELDS |= {f"{name}Edge": "node cursor" for name in (*CONNECTIONS, "StatusCheckRollupContext")}
FIELDS["RepositoryCollaboratorEdge"] = "node cursor permission"
del FIELDS["CommitHistoryEdge"], FIELDS["ComparisonCommitEdge"]


def main() -> None:
    """Write openapi.json and schema.graphql."""
    source = Path(sys.argv[1])
    openapi, graphql = source / "openapi", source / "graphql-schema"
    document = json.loads((openapi / "generated" / "api.github.com.json").read_text(encoding="utf-8"))
    text = json.dumps(cut_openapi(document, _origin(openapi)), separators=(",", ":"), ensure_ascii=False)
    (HERE / "openapi.json").write_text(text + "\n", encoding="utf-8")
    schema = cut_schema(parse((graphql / "schema.graphql").read_text(encoding="utf-8"), no_location=True))
    head = "".join(f"# {line}\n" for line in _origin(graphql).values())
    (HERE / "schema.graphql").write_text(f"{head}\n{print_ast(schema)}\n", encoding="utf-8")


def _origin(package: Path) -> dict[str, str]:
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    return {
        "what": "GitHub's own description of its API, cut down by tools/cut_github.py; do not edit",
        "source": f"npm package {about['name']} {about['version']}",
        "license": f"{about['license']}, {about['author']}",
    }


def cut_openapi(document: dict[str, Any], origin: dict[str, str]) -> dict[str, Any]:
    """The operations in use and the components that they need, without prose."""
    paths = {
        path: {
            key: _bare(value)
            for key, value in document["paths"][path].items()
            if key in methods.split() or key == "parameters"
        }
        for path, methods in OPERATIONS.items()
    }
    components: dict[str, dict[str, Any]] = {}
    todo = sorted(set(_references(paths)))
    while todo:
        kind, name = todo.pop()
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = _bare(document["components"][kind][name])
        todo += sorted(set(_references(components[kind][name])))
    ordered = {kind: dict(sorted(found.items())) for kind, found in sorted(components.items())}
    return {"x-origin": origin, "openapi": document["openapi"], "paths": paths, "components": ordered}


def _bare(value: Any, *, names: bool = False) -> Any:
    """Without prose. Inside `properties` a key is a name, whatever it is called."""
    if isinstance(value, dict):
        return {
            key: _bare(item, names=key == "properties" and not names)
            for key, item in value.items()
            if names or key not in PROSE
        }
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _references(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            _, _, kind, name = reference.split("/")
            yield kind, name
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def cut_schema(document: DocumentNode) -> DocumentNode:
    """The types and fields in use, and the inputs, enums and scalars that these need."""
    known = {node.name.value: node for node in document.definitions if isinstance(node, TypeDefinitionNode)}
    kept: dict[str, TypeDefinitionNode] = {}
    todo = list(FIELDS)
    while todo:
        name = todo.pop()
        if name in kept or name not in known:
            if name not in known and name not in {"Int", "String", "Boolean", "Float", "ID"}:
                raise SystemExit(f"GitHub's schema has no type {name}")
            continue
        kept[name], needed = _cut_type(known[name])
        todo += needed
    ordered = tuple(kept[name] for name in sorted(kept))
    return DocumentNode(definitions=ordered)


def _cut_type(node: TypeDefinitionNode) -> tuple[TypeDefinitionNode, list[str]]:
    name = node.name.value
    match node:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
            if name not in FIELDS:
                raise SystemExit(f"a kept field leads to {name}: say which of its fields are kept")
            wanted = set(FIELDS[name].split())
            missing = wanted - {field.name.value for field in node.fields}
            if missing:
                raise SystemExit(f"GitHub's {name} has no {', '.join(sorted(missing))}")
            fields = tuple(_cut_field(field) for field in node.fields if field.name.value in wanted)
            interfaces = tuple(kind for kind in node.interfaces if kind.name.value in FIELDS)
            return _plain(node, fields=fields, interfaces=interfaces), _needed(fields)
        case UnionTypeDefinitionNode():
            types = tuple(kind for kind in node.types if kind.name.value in FIELDS)
            return _plain(node, types=types), [kind.name.value for kind in types]
        case InputObjectTypeDefinitionNode():
            items = tuple(_plain(item) for item in node.fields)
            return _plain(node, fields=items), [_named(item.type) for item in items]
        case EnumTypeDefinitionNode():
            return _plain(node, values=tuple(_plain(one) for one in node.values)), []
        case ScalarTypeDefinitionNode():
            return _plain(node), []
    raise SystemExit(f"{name} is of an unknown kind")


def _plain(node: Plain, **changes: object) -> Plain:
    """The same node with these changes, without description and directives."""
    kept = {key: getattr(node, key, None) for key in node.keys if key != "loc"}
    return type(node)(**{**kept, "description": None, "directives": (), **changes})


def _cut_field(field: FieldDefinitionNode) -> FieldDefinitionNode:
    arguments = tuple(_plain(argument) for argument in field.arguments)
    return _plain(field, arguments=arguments)


def _needed(fields: Iterable[FieldDefinitionNode]) -> list[str]:
    return [_named(part.type) for field in fields for part in (field, *field.arguments)]


def _named(kind: TypeNode) -> str:
    while hasattr(kind, "type"):
        kind = kind.type
    return str(kind.name.value)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
