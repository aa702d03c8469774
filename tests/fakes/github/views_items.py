"""Issues and pull requests as GraphQL shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import GraphQLError

from tests.fakes.github import merging
from tests.fakes.github.connections import MOST, View, connection, fails
from tests.fakes.github.render import association, moment
from tests.fakes.github.state import Event, Item, Pull, Review
from tests.fakes.github.views_git import Base

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


class Items(Base):
    """What one reader sees of issues and pull requests."""

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
            "closer": lambda _: self._closer(detail["closer"]) if "closer" in detail else None,
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

    def _closer(self, identity: str) -> View:
        kind, _, rest = identity.partition("_")
        return self.commit(rest) if kind == "C" else self._numbered(int(rest), Pull)

    def _own(self, pull: Pull) -> bool:
        return pull.head_repo == self.hub.full_name

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
            return {
                "path": parts[2],
                "additions": int(parts[0]),
                "deletions": int(parts[1]),
                "changeType": "MODIFIED",
            }

        return connection("files", found, show, a)

    def page_of_pulls(self, found: Sequence[Pull], a: dict[str, Any]) -> View:
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
        """`filterBy` is one more sieve beside the arguments; an App's `createdBy` is its login with `[bot]`."""
        sieve = dict(a.get("filterBy") or {})
        sieve.pop("viewerSubscribed", None)  # false by default
        wanted = [a, sieve]
        creator = sieve.pop("createdBy", None)
        kept = [
            item
            for item in self.state.issues()
            if all(_is_wanted(item, which) for which in wanted) and creator in (None, item.author)
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
        ref = self.ref(rest) if kind == "REF" else None
        if ref is not None:
            return ref
        told = f"Could not resolve to a node with the global id of '{identity}'"
        raise fails("NOT_FOUND", told)

    def nodes(self, identities: Sequence[str]) -> list[View | GraphQLError]:
        """At most a hundred of a list; one that is not there is null, and an error beside the others."""
        if len(identities) > MOST:
            told = f"You may not provide more than {MOST} node ids; you provided {len(identities)}."
            raise fails("ARGUMENT_LIMIT", told)
        return [self._node(identity) for identity in identities]

    def _node(self, identity: str) -> View | GraphQLError:
        try:
            return self.node(identity)
        except GraphQLError as error:
            return error


def _is_wanted(item: Item, sieve: dict[str, Any]) -> bool:
    unknown = sieve.keys() - {"states", "labels", "filterBy", "orderBy", "first", "last", "after", "before"}
    assert not unknown, f"issues are sieved by {unknown}: this fake does not know how"
    states = {str(state) for state in sieve.get("states") or ()}
    return (not states or item.state.upper() in states) and (
        not sieve.get("labels") or bool(set(sieve["labels"]) & set(item.labels))
    )


def _ordered(items: Iterable[Item], order: dict[str, Any] | None) -> list[Any]:
    field = str((order or {}).get("field", "CREATED_AT"))
    key = {"CREATED_AT": "at", "UPDATED_AT": "updated"}.get(field, "number")
    newest = str((order or {}).get("direction", "ASC")) == "DESC"
    return sorted(items, key=lambda item: (getattr(item, key), item.number), reverse=newest)


def _thread(thread: Any) -> View:
    return {"id": f"T_{thread.id}", "isResolved": thread.resolved, "isOutdated": False, "path": thread.path}
