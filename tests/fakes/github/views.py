"""The hub's values as GraphQL shows them: every field a value, or a function of the query's arguments."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from graphql import GraphQLError

from tests.fakes.github import merging
from tests.fakes.github.hub import Hub
from tests.fakes.github.objects import Commit, Signed
from tests.fakes.github.render import association, login_of, moment
from tests.fakes.github.state import Event, Item, Pull, Refused, Review, State, Status

View = dict[str, Any]
MOST = 100  # of a connection
_EVENTS = {
    "closed": "ClosedEvent",
    "reopened": "ReopenedEvent",
    "merged": "MergedEvent",
    "labeled": "LabeledEvent",
    "unlabeled": "UnlabeledEvent",
    "ready_for_review": "ReadyForReviewEvent",
    "convert_to_draft": "ConvertToDraftEvent",
    "head_ref_deleted": "HeadRefDeletedEvent",
    "head_ref_force_pushed": "HeadRefForcePushedEvent",
    "renamed": "RenamedTitleEvent",
    "added_to_merge_queue": "AddedToMergeQueueEvent",
    "removed_from_merge_queue": "RemovedFromMergeQueueEvent",
}


def fails(kind: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": kind})


def connection(name: str, items: Sequence[Any], show: Callable[[Any], View], a: dict[str, Any]) -> View:
    """A page of the items; GitHub wants to be told how many, at most a hundred."""
    first, last = a.get("first"), a.get("last")
    if first is None and last is None:
        told = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise fails("MISSING_PAGINATION_BOUNDARIES", told)
    for which, number in (("first", first), ("last", last)):
        if number is not None and not 0 <= number <= MOST:
            told = f"Requesting {number} records on the `{name}` connection exceeds the `{which}` limit of {MOST} records."
            raise fails("EXCESSIVE_PAGINATION", told)
    start = _place(a["after"]) if a.get("after") else 0
    end = _place(a["before"]) - 1 if a.get("before") else len(items)
    if first is not None:
        end = min(end, start + first)
    else:
        start = max(start, end - (last or 0))
    page = range(start, max(start, end))
    return {
        "totalCount": len(items),
        "nodes": [show(items[i]) for i in page],
        "edges": [{"node": show(items[i]), "cursor": _cursor(i + 1)} for i in page],
        "pageInfo": {
            "hasNextPage": end < len(items),
            "hasPreviousPage": start > 0,
            "startCursor": _cursor(start + 1) if page else None,
            "endCursor": _cursor(end) if page else None,
        },
    }


def _cursor(place: int) -> str:
    return base64.b64encode(f"cursor:{place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:"))
    except ValueError as error:
        raise fails("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from error


class Views:
    """What one reader sees of the hub."""

    def __init__(self, hub: Hub, state: State, viewer: str) -> None:
        self.hub, self.state, self.viewer = hub, state, viewer

    # People

    def actor(self, login: str | None) -> View | None:
        """A bot's login has no `[bot]` here, unlike in REST."""
        if not login:
            return None
        person = self.hub.people.get(login)
        number = person.id if person else 1
        found: View = {
            "__typename": person.kind if person else "User",
            "id": f"U_{number}",
            "databaseId": number,
            "login": login.removesuffix("[bot]"),
            "avatarUrl": f"{self.hub.url}/avatar",
            "isViewer": login == self.viewer,
            "name": None,
            "email": "",
        }
        return {**found, **self._links(f"/{login}")}

    def me(self) -> View:
        """The viewer of an App's token is shown as a user, `[bot]` and all."""
        return {**(self.actor(self.viewer) or {}), "__typename": "User", "login": self.viewer}

    def _links(self, path: str) -> View:
        return {"resourcePath": path, "url": f"{self.hub.url}{path}"}

    # The repository

    def repository(self, owner: str, name: str) -> View:
        hub = self.hub
        if (owner, name) != (hub.owner, hub.name):
            told = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise fails("NOT_FOUND", told)
        settings, role = hub.settings, hub.people[self.viewer].role
        return {
            "__typename": "Repository",
            "id": "R_7",
            "databaseId": 7,
            "name": name,
            "nameWithOwner": hub.full_name,
            "owner": {**(self.actor(hub.owner) or {}), "__typename": "Organization"},
            "isArchived": settings.archived,
            "isDisabled": False,
            "isPrivate": settings.private,
            "isFork": False,
            "hasIssuesEnabled": settings.issues,
            "viewerPermission": None if role == "none" else role.upper(),
            "autoMergeAllowed": settings.auto_merge,
            "mergeCommitAllowed": "merge" in settings.methods,
            "squashMergeAllowed": "squash" in settings.methods,
            "rebaseMergeAllowed": "rebase" in settings.methods,
            "deleteBranchOnMerge": settings.delete_branch_on_merge,
            "defaultBranchRef": lambda _: self.ref(f"refs/heads/{hub.base}"),
            "ref": lambda _, qualifiedName: self.ref(_qualified(qualifiedName)),  # noqa: N803
            "refs": lambda _, **a: self._refs(a),
            "object": lambda _, **a: self._object(a),
            "pullRequest": lambda _, number: self._numbered(number, Pull),
            "pullRequests": lambda _, **a: self._pulls(self.state.pulls(), a),
            "issue": lambda _, number: self._numbered(number, Item),
            "issueOrPullRequest": lambda _, number: self._numbered(number, None),
            "issues": lambda _, **a: self._issues(a),
            "label": lambda _, name: self.label(name) if name in self.state.labels else None,
            "labels": lambda _, **a: connection("labels", sorted(self.state.labels), self.label, a),
            "mergeQueue": lambda _, **a: self._queue() if hub.rules.merge_queue else None,
            **self._links(f"/{hub.full_name}"),
        }

    def ref(self, name: str) -> View | None:
        sha = self.state.refs.get(name)
        if sha is None:
            return None
        prefix, _, short = name.removeprefix("refs/").partition("/")
        return {
            "__typename": "Ref",
            "id": f"REF_{name}",
            "name": short,
            "prefix": f"refs/{prefix}/",
            "target": lambda _: self.commit(sha),
            "repository": lambda _: self.repository(self.hub.owner, self.hub.name),
            "associatedPullRequests": lambda _, **a: self._pulls(
                [p for p in self.state.pulls() if f"refs/heads/{p.head_ref}" == name and self._own(p)], a
            ),
            "compare": lambda _, headRef: self._compare(name, headRef),  # noqa: N803
        }

    def _own(self, pull: Pull) -> bool:
        return pull.head_repo == self.hub.full_name

    def _refs(self, a: dict[str, Any]) -> View:
        prefix = a["refPrefix"]
        names = [name for name in sorted(self.state.refs) if name.startswith(prefix)]
        if a.get("query"):
            names = [name for name in names if a["query"] in name.removeprefix(prefix)]
        order = a.get("orderBy") or {}
        if order.get("direction") == "DESC":
            names.reverse()

        def show(name: str) -> View:
            """Its name is relative to the prefix that was asked for."""
            return {**(self.ref(name) or {}), "name": name.removeprefix(prefix), "prefix": prefix}

        return connection("refs", names, show, a)

    def _object(self, a: dict[str, Any]) -> View | None:
        if a.get("oid"):
            found = self.hub.bare.read(a["oid"])
            if found is None:
                return None
            return self.commit(a["oid"]) if found[0] == "commit" else self.file_object(found[0], a["oid"])
        revision, colon, path = (a.get("expression") or "").partition(":")
        sha = next((self.state.refs[n] for n in _names(revision) if n in self.state.refs), revision)
        if not self.hub.bare.has(sha, "commit"):
            return None
        if not colon:
            return self.commit(sha)
        entry = self.hub.bare.entry(self.hub.bare.commit(sha).tree, path)
        return self.file_object(entry.kind, entry.sha) if entry else None

    def file_object(self, kind: str, sha: str) -> View:
        common = {"id": f"O_{sha}", "oid": sha, "abbreviatedOid": sha[:7]}
        if kind == "tree":
            entries = self.hub.bare.tree(sha).items()
            shown = [
                {"name": n, "path": n, "mode": int(e.mode, 8), "oid": e.sha, "type": e.kind} for n, e in entries
            ]
            return {"__typename": "Tree", **common, "entries": shown}
        data = self.hub.bare.blob(sha)
        binary = b"\0" in data
        return {
            "__typename": "Blob",
            **common,
            "byteSize": len(data),
            "isBinary": binary,
            "isTruncated": False,
            "text": None if binary else data.decode("utf-8", "replace"),
        }

    def _compare(self, name: str, other: str) -> View | None:
        base = self.state.refs.get(name)
        head = next((self.state.refs[n] for n in _names(other) if n in self.state.refs), other)
        if base is None or not self.hub.bare.has(head, "commit"):
            return None
        ahead, behind = self.hub.bare.line(head, f"^{base}"), self.hub.bare.line(base, f"^{head}")
        word = "DIVERGED" if ahead and behind else "AHEAD" if ahead else "BEHIND" if behind else "IDENTICAL"
        return {
            "id": f"CMP_{base}_{head}",
            "status": word,
            "aheadBy": len(ahead),
            "behindBy": len(behind),
            "baseTarget": self.commit(base),
            "headTarget": self.commit(head),
            "commits": lambda _, **a: connection("commits", ahead[::-1], self.commit, a),
        }

    # Commits

    def commit(self, sha: str) -> View:
        item = self.hub.bare.commit(sha)
        headline, _, body = item.message.partition("\n")
        return {
            "__typename": "Commit",
            "id": f"C_{sha}",
            "oid": sha,
            "abbreviatedOid": sha[:7],
            "message": item.message,
            "messageHeadline": headline,
            "messageBody": body.strip(),
            "authoredDate": moment(item.author.when),
            "committedDate": moment(item.committer.when),
            "author": self._signed(item.author),
            "committer": self._signed(item.committer),
            "signature": _signature(item),
            "tree": lambda _: self.file_object("tree", item.tree),
            "parents": lambda _, **a: connection("parents", item.parents, self.commit, a),
            "status": lambda _: self._status(sha),
            "statusCheckRollup": lambda _: self._rollup(sha),
            "history": lambda _, **a: self._history(sha, a),
            "file": lambda _, path: self._file(item, path),
            "associatedPullRequests": lambda _, **a: self._pulls(
                [p for p in self.state.pulls() if sha in {p.head, p.merge_commit}], a
            ),
            "repository": lambda _: self.repository(self.hub.owner, self.hub.name),
            **self._links(f"/{self.hub.full_name}/commit/{sha}"),
        }

    def _signed(self, who: Signed) -> View:
        login = login_of(self.hub, who)
        person = self.actor(login) if login and not login.endswith("[bot]") else None
        return {"name": who.name, "email": who.email, "date": moment(who.when), "user": person}

    def _history(self, sha: str, a: dict[str, Any]) -> View:
        paths = [a["path"]] if a.get("path") else []
        shas = self.hub.bare.git("rev-list", sha, "--", *paths).split()
        return connection("history", shas, self.commit, a)

    def _file(self, item: Commit, path: str) -> View | None:
        entry = self.hub.bare.entry(item.tree, path)
        if entry is None:
            return None
        return {
            "name": path.rpartition("/")[2],
            "path": path,
            "mode": int(entry.mode, 8),
            "oid": entry.sha,
            "type": entry.kind,
            "object": lambda _: self.file_object(entry.kind, entry.sha),
        }

    def _latest(self, sha: str) -> dict[str, Status]:
        return {status.context: status for status in self.state.statuses.get(sha, ())}

    def _status(self, sha: str) -> View | None:
        """None where the commit has no status at all."""
        latest = self._latest(sha)
        if not latest:
            return None
        return {
            "id": f"S_{sha}",
            "state": _worst(status.state for status in latest.values()),
            "contexts": [self._context(sha, status) for status in latest.values()],
            "context": lambda _, name: self._context(sha, latest[name]) if name in latest else None,
            "commit": lambda _: self.commit(sha),
        }

    def _context(self, sha: str, status: Status) -> View:
        required = {name for name, _ in self.hub.rules.checks}
        return {
            "__typename": "StatusContext",
            "id": f"SC_{status.id}",
            "context": status.context,
            "state": status.state.upper(),
            "description": status.description or None,
            "createdAt": moment(status.at),
            "creator": self.actor(status.creator),
            "targetUrl": status.target_url,
            "commit": lambda _: self.commit(sha),
            "isRequired": lambda _, **a: status.context in required,
        }

    def _rollup(self, sha: str) -> View | None:
        runs, latest = self.state.checks.get(sha, []), self._latest(sha)
        if not runs and not latest:
            return None
        shown = [self._context(sha, status) for status in latest.values()]
        for run in runs:
            done = run.status == "completed"
            shown.append(
                {
                    "__typename": "CheckRun",
                    "id": f"CR_{run.id}",
                    "databaseId": run.id,
                    "name": run.name,
                    "status": run.status.upper(),
                    "conclusion": run.conclusion.upper() if run.conclusion and done else None,
                }
            )
        states = [status.state for status in latest.values()]
        states += ["pending" if r.status != "completed" else r.conclusion or "" for r in runs]
        return {
            "id": f"SCR_{sha}",
            "state": _worst(states),
            "contexts": lambda _, **a: connection("contexts", shown, lambda view: view, a),
            "commit": lambda _: self.commit(sha),
        }

    # Issues and pull requests

    def label(self, name: str) -> View:
        return {"id": f"LA_{name}", "name": name, "color": self.state.labels.get(name, "ededed")}

    def _numbered(self, number: int, kind: type[Item] | None) -> View:
        item = self.state.items.get(number)
        wrong = kind is Item and isinstance(item, Pull)
        if item is None or wrong or (kind is not None and not isinstance(item, kind)):
            word = {Pull: "a PullRequest", Item: "an Issue", None: "an issue or pull request"}[kind]
            raise fails("NOT_FOUND", f"Could not resolve to {word} with the number of {number}.")
        return self.item(item)

    def item(self, item: Item) -> View:
        return self.pull(item) if isinstance(item, Pull) else self.issue(item)

    def _common(self, item: Item, where: str) -> View:
        return {
            "databaseId": item.id,
            "fullDatabaseId": str(item.id),
            "number": item.number,
            "title": item.title,
            "body": item.body,
            "bodyText": item.body,
            "author": self.actor(item.author),
            "authorAssociation": association(self.hub, item.author),
            "editor": self.actor(item.editor),
            "createdAt": moment(item.at),
            "updatedAt": moment(item.updated),
            "lastEditedAt": moment(item.edited),
            "closed": item.state == "closed",
            "closedAt": moment(item.closed),
            "locked": item.locked,
            "viewerDidAuthor": item.author == self.viewer,
            "labels": lambda _, **a: connection("labels", item.labels, self.label, a),
            "comments": lambda _, **a: connection("comments", item.comments, self._comment, a),
            "timelineItems": lambda _, **a: self._timeline(item, a),
            "repository": lambda _: self.repository(self.hub.owner, self.hub.name),
            **self._links(f"/{self.hub.full_name}/{where}/{item.number}"),
        }

    def issue(self, item: Item) -> View:
        return {
            "__typename": "Issue",
            "id": f"I_{item.number}",
            "state": item.state.upper(),
            "stateReason": item.reason.upper() if item.reason else None,
            **self._common(item, "issues"),
        }

    def _comment(self, made: Any) -> View:
        return {
            "id": f"IC_{made.id}",
            "databaseId": made.id,
            "author": self.actor(made.author),
            "body": made.body,
            "createdAt": moment(made.at),
            "updatedAt": moment(made.edited or made.at),
            "lastEditedAt": moment(made.edited),
        }

    def _timeline(self, item: Item, a: dict[str, Any]) -> View:
        wanted = {str(kind).title().replace("_", "") for kind in a.get("itemTypes") or ()}
        events = [made for made in item.events if made.kind in _EVENTS]
        if wanted:
            events = [made for made in events if _EVENTS[made.kind] in wanted]
        return connection("timelineItems", events, lambda made: self._event(item, made), a)

    def _event(self, item: Item, made: Event) -> View:
        detail = made.detail
        return {
            "__typename": _EVENTS[made.kind],
            "id": f"EV_{made.id}",
            "actor": self.actor(made.actor),
            "createdAt": moment(made.at),
            "stateReason": detail["reason"].upper() if "reason" in detail and made.kind == "closed" else None,
            "closable": lambda _: self.item(item),
            "closer": None,
            "label": self.label(detail.get("label", "")),
            "commit": lambda _: self.commit(detail["commit"]) if "commit" in detail else None,
            "mergeRefName": item.base_ref if isinstance(item, Pull) else "",
            "pullRequest": lambda _: self.item(item),
            "headRefName": detail.get("name", ""),
            "beforeCommit": lambda _: self.commit(detail["before"]),
            "afterCommit": lambda _: self.commit(detail["after"]),
            "previousTitle": detail.get("before", ""),
            "currentTitle": detail.get("after", ""),
            "enqueuer": self.actor(made.actor),
            "reason": detail.get("reason"),
            **self._links(f"/{self.hub.full_name}/issues/{item.number}#event-{made.id}"),
        }

    def pull(self, item: Pull) -> View:
        hub = self.hub
        shas = None if item.state != "open" else self.state.refs.get(f"refs/heads/{item.head_ref}")
        return {
            "__typename": "PullRequest",
            "id": f"PR_{item.number}",
            "state": "MERGED" if item.merged else item.state.upper(),
            "isDraft": item.draft,
            "merged": item.merged is not None,
            "mergedAt": moment(item.merged),
            "mergedBy": self.actor(item.merged_by),
            "mergeCommit": lambda _: self.commit(item.merge_commit) if item.merge_commit else None,
            "potentialMergeCommit": None,
            "headRefName": item.head_ref,
            "headRefOid": item.head,
            "headRef": lambda _: self.ref(f"refs/heads/{item.head_ref}") if self._own(item) else None,
            "isCrossRepository": not self._own(item),
            "headRepositoryOwner": self.actor(item.head_repo.split("/")[0]),
            "headRepository": lambda _: self.repository(hub.owner, hub.name) if self._own(item) else None,
            "baseRefName": item.base_ref,
            "baseRefOid": item.base if item.state == "closed" else hub.head(item.base_ref),
            "baseRef": lambda _: self.ref(f"refs/heads/{item.base_ref}"),
            "mergeable": lambda _: self._mergeable(item),
            "mergeStateStatus": lambda _: self._merge_state(item),
            "reviewDecision": lambda _: merging.review_decision(hub, item),
            "reviews": lambda _, **a: connection("reviews", item.reviews, self._review, a),
            "latestReviews": lambda _, **a: self._opinions(item, a, name="latestReviews"),
            "latestOpinionatedReviews": lambda _, **a: self._opinions(item, a),
            "reviewThreads": lambda _, **a: connection("reviewThreads", item.threads, _thread, a),
            "commits": lambda _, **a: self._commits(item, a),
            "files": lambda _, **a: self._files(item, a),
            "statusCheckRollup": lambda _: self._rollup(item.head) if shas or item.merged else None,
            "isInMergeQueue": item.queued is not None,
            "isMergeQueueEnabled": hub.rules.merge_queue,
            "mergeQueueEntry": lambda _: self.entry(item) if item.queued else None,
            "autoMergeRequest": None,
            "maintainerCanModify": False,
            **self._common(item, "pull"),
        }

    def _mergeable(self, item: Pull) -> str:
        found = self.hub.mergeable(item) if item.state == "open" else None
        return {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}[found]

    def _merge_state(self, item: Pull) -> str:
        found = self.hub.mergeable(item, polled=False) if item.state == "open" else None
        return merging.merge_state(self.hub, item, found).upper()

    def _review(self, made: Review) -> View:
        return {
            "id": f"PRR_{made.id}",
            "databaseId": made.id,
            "author": self.actor(made.author),
            "authorCanPushToRepository": self.hub.may(made.author, "write"),
            "state": made.state,
            "submittedAt": moment(made.at),
            "createdAt": moment(made.at),
            "updatedAt": moment(made.at),
            "body": made.body,
            "commit": lambda _: self.commit(made.commit),
        }

    def _opinions(self, item: Pull, a: dict[str, Any], name: str = "latestOpinionatedReviews") -> View:
        last = {review.author: review for review in item.reviews if review.state != "COMMENTED"}
        found = [r for r in last.values() if not a.get("writersOnly") or self.hub.may(r.author, "write")]
        return connection(name, found, self._review, a)

    def _commits(self, item: Pull, a: dict[str, Any]) -> View:
        shas = self.hub.bare.line(item.head, f"^{item.base}")[::-1]

        def show(sha: str) -> View:
            return {"id": f"PRC_{sha}", "commit": lambda _: self.commit(sha)}

        return connection("commits", shas, show, a)

    def _files(self, item: Pull, a: dict[str, Any]) -> View:
        lines = self.hub.bare.git("diff", "--numstat", f"{item.base}...{item.head}").splitlines()
        found = [line.split("\t") for line in lines]

        def show(parts: list[str]) -> View:
            return {"path": parts[2], "additions": int(parts[0]), "deletions": int(parts[1]), "changeType": "MODIFIED"}

        return connection("files", found, show, a)

    def _pulls(self, found: Sequence[Pull], a: dict[str, Any]) -> View:
        states = {str(state) for state in a.get("states") or ()}
        kept = [
            p
            for p in found
            if (not states or ("MERGED" if p.merged else p.state.upper()) in states)
            and a.get("headRefName") in (None, p.head_ref)
            and a.get("baseRefName") in (None, p.base_ref)
            and (not a.get("labels") or set(a["labels"]) & set(p.labels))
        ]
        return connection("pullRequests", _ordered(kept, a.get("orderBy")), self.pull, a)

    def _issues(self, a: dict[str, Any]) -> View:
        states = {str(state) for state in a.get("states") or ()}
        kept = [
            item
            for item in self.state.issues()
            if (not states or item.state.upper() in states)
            and (not a.get("labels") or set(a["labels"]) & set(item.labels))
        ]
        return connection("issues", _ordered(kept, a.get("orderBy")), self.issue, a)

    # The merge queue

    def _queue(self) -> View:
        queued = [pull for pull in self.state.pulls() if pull.queued]
        return {
            "id": "MQ_1",
            "entries": lambda _, **a: connection("entries", queued, self.entry, a),
            **self._links(f"/{self.hub.full_name}/queue/{self.hub.base}"),
        }

    def entry(self, item: Pull) -> View:
        return {
            "id": f"MQE_{item.number}",
            "position": 1,
            "state": "QUEUED",
            "enqueuedAt": moment(item.queued),
            "enqueuer": self.actor(item.queued_by),
            "pullRequest": lambda _: self.pull(item),
        }

    def node(self, identity: str) -> View:
        kind, _, rest = identity.partition("_")
        item = self.state.items.get(int(rest)) if kind in {"PR", "I", "MQE"} and rest.isdigit() else None
        if item is not None and (kind == "PR") == isinstance(item, Pull):
            return self.item(item)
        if kind == "R":
            return self.repository(self.hub.owner, self.hub.name)
        told = f"Could not resolve to a node with the global id of '{identity}'"
        raise fails("NOT_FOUND", told)


def refused(error: Refused) -> GraphQLError:
    """A refusal as GraphQL tells it."""
    told = "; ".join(
        problem if isinstance(problem, str) else problem.get("message", problem.get("code", ""))
        for problem in error.errors or ()
    )
    return fails(error.kind, told or error.message)


def _ordered(items: Iterable[Item], order: dict[str, Any] | None) -> list[Any]:
    field = str((order or {}).get("field", "CREATED_AT"))
    key = {"CREATED_AT": "at", "UPDATED_AT": "updated"}.get(field, "number")
    newest = str((order or {}).get("direction", "ASC")) == "DESC"
    return sorted(items, key=lambda item: (getattr(item, key), item.number), reverse=newest)


def _thread(thread: Any) -> View:
    return {"id": f"T_{thread.id}", "isResolved": thread.resolved, "isOutdated": False, "path": thread.path}


def _worst(states: Iterable[str]) -> str:
    found = set(states)
    for state in ("failure", "error", "pending"):
        if state in found:
            return state.upper()
    return "SUCCESS"


def _signature(item: Commit) -> View | None:
    return {"__typename": "GpgSignature", "isValid": True, "state": "VALID", "signer": None} if item.signed else None


def _qualified(name: str) -> str:
    return name if name.startswith("refs/") else f"refs/heads/{name}"


def _names(revision: str) -> tuple[str, ...]:
    return (revision, f"refs/{revision}", f"refs/heads/{revision}")
