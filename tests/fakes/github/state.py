"""What the fake GitHub remembers: people, tokens, issues, pull requests, rules. Plain values, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
EVERYTHING: Mapping[str, str] = {
    "metadata": "read",
    "contents": "write",
    "pull_requests": "write",
    "issues": "write",
    "statuses": "write",
    "checks": "read",
}


class Refused(Exception):  # noqa: N818 - an answer
    """GitHub says no: the status and the body it sends."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, str] | str] | None = None,
        kind: str = "UNPROCESSABLE",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors
        self.kind = kind  # in GraphQL
        self.headers = dict(headers or {})


@dataclass(slots=True)
class Person:
    """A user or a bot, and the role in the repository (None: the organisation's default does not reach)."""

    login: str
    id: int
    role: str = "read"
    kind: str = "User"  # or Bot


@dataclass(slots=True)
class Token:
    """A credential. `kind`: app (an installation's), actions (GITHUB_TOKEN), fine (fine-grained) or classic."""

    value: str
    login: str
    kind: str = "app"
    permissions: dict[str, str] = field(default_factory=lambda: dict(EVERYTHING))
    expired: bool = False
    expires: datetime | None = None


@dataclass(slots=True)
class Event:
    """One thing that happened to an issue or a pull request."""

    id: int
    kind: str  # as REST calls it: closed, reopened, labeled, merged, ready_for_review ...
    actor: str
    at: datetime
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Comment:
    """A comment."""

    id: int
    author: str
    body: str
    at: datetime
    edited: datetime | None = None


@dataclass(slots=True)
class Review:
    """A review: APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED, of one commit."""

    id: int
    author: str
    state: str
    commit: str
    at: datetime
    body: str = ""


@dataclass(slots=True)
class Thread:
    """A conversation on a line of a file."""

    id: int
    path: str
    resolved: bool = False


@dataclass(slots=True)
class Item:
    """An issue, or what a pull request has of one."""

    number: int
    id: int
    title: str
    body: str
    author: str
    at: datetime
    updated: datetime
    state: str = "open"
    labels: list[str] = field(default_factory=list)
    closed: datetime | None = None
    closed_by: str | None = None
    reason: str | None = None
    events: list[Event] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    edited: datetime | None = None
    editor: str | None = None
    bodies: list[str] = field(default_factory=list)  # what it said before, oldest first
    locked: bool = False


@dataclass(slots=True)
class Pull(Item):
    """A pull request. `head` is the branch's last commit while it was open."""

    head_repo: str = ""  # owner/name
    head_ref: str = ""
    head: str = ""
    base_ref: str = ""
    base: str = ""  # base's commit when it was opened, merged or closed
    draft: bool = False
    merged: datetime | None = None
    merged_by: str | None = None
    merge_commit: str | None = None
    pusher: str = ""
    reviews: list[Review] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    queued: datetime | None = None
    queued_by: str = ""
    auto_merge: str = ""  # the method, where it is armed


@dataclass(slots=True)
class Status:
    """A commit status."""

    id: int
    state: str
    context: str
    description: str
    target_url: str | None
    creator: str
    at: datetime


@dataclass(slots=True)
class CheckRun:
    """A check run of some CI."""

    id: int
    name: str
    status: str
    conclusion: str | None
    at: datetime


@dataclass(slots=True)
class Rules:
    """What the base branch demands. `ruleset` says whether a ruleset or classic protection demands it."""

    ruleset: bool = True
    pull_request: bool = False  # nobody pushes to base directly
    reviews: int = 0
    dismiss_stale: bool = False
    last_push_approval: bool = False
    conversations: bool = False
    checks: tuple[tuple[str, str | None], ...] = ()  # (context, login of the App that must have sent it)
    strict: bool = False
    merge_queue: bool = False
    linear: bool = False
    signatures: bool = False
    bypass: frozenset[str] = frozenset()  # logins

    @property
    def any(self) -> bool:
        return self != Rules(ruleset=self.ruleset)


@dataclass(slots=True)
class Settings:
    """The repository's settings."""

    archived: bool = False
    actions_may_propose: bool = True
    drafts: bool = True  # not in every plan
    methods: tuple[str, ...] = ("merge", "squash", "rebase")
    delete_branch_on_merge: bool = False
    auto_merge: bool = False
    squash_title: str = "COMMIT_OR_PR_TITLE"
    squash_message: str = "COMMIT_MESSAGES"
    private: bool = True
    issues: bool = True


@dataclass(slots=True)
class State:
    """Everything that a read can be late about. `until` is when it was changed, in `Hub.history`."""

    until: datetime | None = None
    refs: dict[str, str] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)  # name: colour
    statuses: dict[str, list[Status]] = field(default_factory=dict)
    checks: dict[str, list[CheckRun]] = field(default_factory=dict)

    def pulls(self) -> list[Pull]:
        return [item for item in self.items.values() if isinstance(item, Pull)]

    def issues(self) -> list[Item]:
        return [item for item in self.items.values() if not isinstance(item, Pull)]
