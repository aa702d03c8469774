"""Issues, and what a pull request has of one: text, labels, comments, closing and reopening."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.fakes.github.core import LIMIT, Core, invalid
from tests.fakes.github.state import Comment, Item, Pull, Refused

_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)", re.IGNORECASE)


@dataclass
class Issues(Core):
    """Operations on issues. Every one is one person's, and may be refused."""

    def new_issue(self, by: str, title: str, body: str, labels: Iterable[str] = ()) -> Item:
        if not self.settings.issues:
            raise Refused(410, "Issues has been disabled in this repository.")
        self.fits(title, body, "Issue")
        self.wrote()
        item = Item(self.next_number(), self.id(), title, body, by, self.now(), self.now())
        self.state.items[item.number] = item
        if self.may(by, "triage"):  # labels of others are dropped without a word
            self._label(item, labels, by)
        return item

    def next_number(self) -> int:
        return max(self.state.items, default=0) + 1

    def fits(self, title: str, body: str, resource: str) -> None:
        if not title.strip():
            raise invalid(resource, "title", "missing_field")
        if len(body) > LIMIT:
            raise Refused(
                422,
                "Validation Failed",
                errors=[
                    {
                        "resource": resource,
                        "code": "custom",
                        "field": "body",
                        "message": f"body is too long (maximum is {LIMIT} characters)",
                    }
                ],
            )

    def edit(self, item: Item, by: str, *, title: str | None = None, body: str | None = None) -> None:
        if by != item.author and not self.may(by, "write"):
            raise Refused(403, "Must have admin rights to Repository.", kind="FORBIDDEN")
        kind = "PullRequest" if isinstance(item, Pull) else "Issue"
        self.fits(item.title if title is None else title, item.body if body is None else body, kind)
        self.wrote()
        if title is not None and title != item.title:
            self.event(item, "renamed", by, before=item.title, after=title)
            item.title = title
        if body is not None and body != item.body:
            item.bodies.append(item.body)
            item.body, item.edited, item.editor = body, self.now(), by
        item.updated = self.now()

    def relabel(self, item: Item, labels: Iterable[str], by: str) -> None:
        if not self.may(by, "triage"):
            raise Refused(403, "Must have admin rights to Repository.", kind="FORBIDDEN")
        self.wrote()
        wanted = list(labels)
        for name in [name for name in item.labels if name not in wanted]:
            item.labels.remove(name)
            self.event(item, "unlabeled", by, label=name)
        self._label(item, wanted, by)

    def _label(self, item: Item, labels: Iterable[str], by: str) -> None:
        for name in labels:
            self.state.labels.setdefault(name, "ededed")
            if name not in item.labels:
                item.labels.append(name)
                self.event(item, "labeled", by, label=name)

    def comment(self, item: Item, by: str, body: str) -> Comment:
        self.fits("-", body, "IssueComment")
        self.wrote()
        made = Comment(self.id(), by, body, self.now())
        item.comments.append(made)
        item.updated = self.now()
        return made

    def close(self, item: Item, by: str, *, reason: str | None = None, force: bool = False) -> None:
        """Close an issue or a pull request. `force`: someone who could then and cannot any more."""
        role = "write" if isinstance(item, Pull) else "triage"
        if not force and by != item.author and not self.may(by, role):
            raise Refused(403, "Must have admin rights to Repository.", kind="FORBIDDEN")
        if item.state == "closed":
            return
        self.wrote()
        self.end(item, by, reason or ("completed" if not isinstance(item, Pull) else None))

    def close_by_words(self, text: str, by: str, closer: str) -> None:
        """`Fixes #1` in what reached the default branch, by whoever brought it there."""
        for number in _CLOSES.findall(text):
            item = self.state.items.get(int(number))
            if item is not None and not isinstance(item, Pull) and item.state == "open":
                self.end(item, by, "completed", closer=closer)

    def end(self, item: Item, by: str, reason: str | None = None, **detail: str) -> None:
        item.state, item.closed, item.closed_by, item.reason = "closed", self.now(), by, reason
        if isinstance(item, Pull):
            item.base, item.queued = self.head(item.base_ref), None
        self.event(item, "closed", by, **({"reason": reason} if reason else {}), **detail)

    def reopen(self, item: Item, by: str, *, force: bool = False) -> None:
        role = "write" if isinstance(item, Pull) else "triage"
        if not force and by != item.author and not self.may(by, role):
            raise Refused(403, "Must have admin rights to Repository.", kind="FORBIDDEN")
        if item.state == "open":
            return
        if isinstance(item, Pull):
            self._can_reopen(item)
        self.wrote()
        item.state, item.closed, item.closed_by = "open", None, None
        item.reason = None if isinstance(item, Pull) else "reopened"
        self.event(item, "reopened", by)

    def _can_reopen(self, pull: Pull) -> None:
        head = self.state.refs.get(f"refs/heads/{pull.head_ref}")
        told = ""
        if pull.merged:
            told = "state cannot be changed. The pull request is merged."
        elif pull.head_repo == self.full_name and head is None:
            told = f"state cannot be changed. The {pull.head_ref} branch has been deleted."
        elif pull.head_repo == self.full_name and head != pull.head:
            told = f"state cannot be changed. The {pull.head_ref} branch was force-pushed or recreated."
        elif any(p.state == "open" and p.head_ref == pull.head_ref for p in self.state.pulls()):
            told = f"state cannot be changed. There is already an open pull request from {pull.head_ref}."
        if told:
            problem = {"resource": "PullRequest", "code": "custom", "field": "state", "message": told}
            raise Refused(422, "Validation Failed", errors=[problem])
