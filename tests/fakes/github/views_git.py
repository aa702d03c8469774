"""Commits, files and statuses as GraphQL shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.fakes.github.connections import View, connection
from tests.fakes.github.hub import Hub
from tests.fakes.github.objects import Commit, Signed
from tests.fakes.github.render import moment
from tests.fakes.github.render_git import login_of
from tests.fakes.github.state import Pull, State, Status


class Base:
    """A reader of the hub; the people they see."""

    def __init__(self, hub: Hub, state: State, viewer: str) -> None:
        self.hub, self.state, self.viewer = hub, state, viewer

    # The parts that the rest adds to this

    repository: Callable[[str, str], View]
    ref: Callable[[str], View | None]
    page_of_pulls: Callable[[Sequence[Pull], dict[str, Any]], View]

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

    # Commits

    def file_object(self, kind: str, sha: str) -> View:
        common = {"id": f"O_{sha}", "oid": sha, "abbreviatedOid": sha[:7]}
        if kind == "tree":
            entries = self.hub.bare.tree(sha).items()
            shown = [
                {"name": n, "path": n, "mode": int(e.mode, 8), "oid": e.sha, "type": e.kind}
                for n, e in entries
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
            "associatedPullRequests": lambda _, **a: self.page_of_pulls(
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
            "isRequired": lambda _, **__: status.context in required,
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


def _worst(states: Iterable[str]) -> str:
    found = set(states)
    for state in ("failure", "error", "pending"):
        if state in found:
            return state.upper()
    return "SUCCESS"


def _signature(item: Commit) -> View | None:
    return (
        {"__typename": "GpgSignature", "isValid": True, "state": "VALID", "signer": None}
        if item.signed
        else None
    )
