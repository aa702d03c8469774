"""The repository as GraphQL shows it: every field a value, or a function of the query's arguments."""

from __future__ import annotations

from typing import Any

from tests.fakes.github.connections import View, connection, fails
from tests.fakes.github.state import Item, Pull
from tests.fakes.github.views_items import Items


class Views(Items):
    """What one reader sees of the hub."""

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
            "pullRequests": lambda _, **a: self.page_of_pulls(self.state.pulls(), a),
            "issue": lambda _, number: self._numbered(number, Item),
            "issueOrPullRequest": lambda _, number: self._numbered(number, None),
            "issues": lambda _, **a: self._issues(a),
            "label": lambda _, name: self.label(name) if name in self.state.labels else None,
            "labels": lambda _, **a: connection("labels", sorted(self.state.labels), self.label, a),
            "mergeQueue": lambda _, **__: self._queue() if hub.rules.merge_queue else None,
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
            "associatedPullRequests": lambda _, **a: self.page_of_pulls(
                [p for p in self.state.pulls() if f"refs/heads/{p.head_ref}" == name and self._own(p)], a
            ),
            "compare": lambda _, headRef: self._compare(name, headRef),  # noqa: N803
        }

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


def _qualified(name: str) -> str:
    return name if name.startswith("refs/") else f"refs/heads/{name}"


def _names(revision: str) -> tuple[str, ...]:
    return (revision, f"refs/{revision}", f"refs/heads/{revision}")
