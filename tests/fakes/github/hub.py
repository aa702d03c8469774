"""One repository on the fake GitHub: what may be done to it, by whom, and what follows from it."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

from tests.fakes.github.objects import Bare, Entry, RefMoved, Signed
from tests.fakes.github.state import (
    EVERYTHING,
    ROLES,
    Comment,
    Event,
    Item,
    Person,
    Pull,
    Refused,
    Review,
    Rules,
    Settings,
    State,
    Status,
    Token,
)

LIMIT = 65_536  # characters of a body
STATUSES = 1_000  # of one commit and context
BOT = "promoter-bot[bot]"
ACTIONS = "github-actions[bot]"
GHOST = Signed("GitHub", "noreply@github.com", datetime(2026, 1, 1, tzinfo=UTC))
_Kind = TypeVar("_Kind", bound=Item)


@dataclass
class Knobs:
    """How this GitHub misbehaves. `lag`: so many of the coming reads of lists see the state of so many writes ago."""

    mergeable_null: int = 0  # reads of a pull request until its mergeability is known
    lag_reads: int = 0
    lag_writes: int = 1
    lag_all: bool = False  # single objects and refs too, not only lists and searches


@dataclass
class Hub:
    """The state and its operations. Every operation is one person's, and may be refused."""

    bare: Bare
    owner: str = "factory"
    name: str = "yolo"
    base: str = "main"
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))  # noqa: TID251
    url: str = "http://127.0.0.1:0"  # where it is served
    state: State = field(default_factory=State)
    people: dict[str, Person] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    settings: Settings = field(default_factory=Settings)
    knobs: Knobs = field(default_factory=Knobs)
    app_key: str | None = None  # the App's public key
    granted: dict[str, str] = field(default_factory=lambda: dict(EVERYTHING))  # to the App's installation
    dispatched: list[dict[str, object]] = field(default_factory=list)
    history: list[State] = field(default_factory=list)
    keep: int = 20  # how many states are kept for reads that lag
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: Iterable[int] = field(default_factory=lambda: count(1000))
    _asked: dict[tuple[int, str, str], int] = field(default_factory=dict)

    @classmethod
    def create(cls, place: Path, **changes: object) -> Hub:
        hub = cls(bare=Bare.create(place / "hub.git"), **changes)  # type: ignore[arg-type]
        for login, role, kind in (
            ("ada", "admin", "User"),
            ("grace", "write", "User"),
            ("tim", "triage", "User"),
            ("rita", "read", "User"),
            ("mallory", "none", "User"),
            (BOT, "write", "Bot"),
            (ACTIONS, "write", "Bot"),
            ("ci[bot]", "write", "Bot"),
        ):
            hub.person(login, role, kind)
        return hub

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def api(self) -> str:
        return f"{self.url}/repos/{self.full_name}"

    def now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    def id(self) -> int:
        return next(iter(self._ids))  # type: ignore[call-overload, no-any-return]

    # People

    def person(self, login: str, role: str, kind: str = "User") -> Person:
        """Let someone in, or change their role."""
        known = self.people.get(login)
        self.people[login] = Person(login, known.id if known else self.id(), role, kind)
        return self.people[login]

    def token(self, value: str, login: str = BOT, kind: str = "app", **permissions: str) -> Token:
        """A new credential; `permissions` are changes to the full set ("none" takes one away)."""
        token = Token(value, login, kind)
        for name, level in permissions.items():
            token.permissions[name] = level
        self.tokens[value] = token
        return token

    def may(self, login: str, role: str) -> bool:
        person = self.people.get(login)
        return person is not None and ROLES.index(person.role) >= ROLES.index(role)

    def signed(self, login: str) -> Signed:
        person = self.people[login]
        return Signed(login, f"{person.id}+{login}@users.noreply.github.com", self.now())

    # State

    def wrote(self) -> None:
        """Remember how it was, for reads that lag. Called before each change."""
        if self.keep:
            self.history.append(copy.deepcopy(self.state))
            del self.history[: -self.keep]

    def find(self, number: int, kind: type[_Kind], state: State | None = None) -> _Kind:
        item = (state or self.state).items.get(number)
        if not isinstance(item, kind):
            raise Refused(404, "Not Found", kind="NOT_FOUND")
        return item

    def head(self, branch: str | None = None) -> str:
        return self.state.refs[f"refs/heads/{branch or self.base}"]

    def event(self, item: Item, kind: str, actor: str, **detail: str) -> None:
        item.events.append(Event(self.id(), kind, actor, self.now(), detail))
        item.updated = self.now()

    # Refs

    def guard_base(self, ref: str, by: str, signed: Iterable[bool] = ()) -> None:
        """Direct pushes to a protected base are refused."""
        if ref != f"refs/heads/{self.base}" or by in self.rules.bypass:
            return
        told = ""
        if self.rules.pull_request or self.rules.reviews or self.rules.merge_queue:
            told = "Changes must be made through a pull request."
        elif self.rules.checks:
            told = f'Required status check "{self.rules.checks[0][0]}" is expected.'
        elif self.rules.signatures and not all(signed):
            told = "Commits must have verified signatures."
        if told and self.rules.ruleset:
            raise Refused(422, f"Repository rule violations found\n\n{told}\n\n")
        if told:
            raise Refused(409, f"Could not update file: {told}")

    def create_ref(self, ref: str, sha: str, by: str) -> None:
        if not ref.startswith("refs/") or ref.count("/") < 2:
            raise Refused(422, "Reference name must start with 'refs/'.")
        if not self.bare.has(sha, "commit"):
            raise Refused(422, "Object does not exist")
        if self.bare.ask("check-ref-format", ref)[0] != 0:
            raise Refused(422, f"{ref} is not a valid ref name.")
        if ref in self.state.refs:
            raise Refused(422, "Reference already exists")
        if any(known.startswith(f"{ref}/") or ref.startswith(f"{known}/") for known in self.state.refs):
            raise Refused(422, "Reference update failed")
        self.move(((ref, sha, None),), by)

    def update_ref(self, ref: str, sha: str, by: str, *, force: bool) -> None:
        old = self.state.refs.get(ref)
        if old is None:
            raise Refused(422, "Reference does not exist")
        if not self.bare.has(sha, "commit"):
            raise Refused(422, "Object does not exist")
        if not force and not self.bare.contains(sha, old):
            raise Refused(422, "Update is not a fast forward")
        self.guard_base(ref, by, [self.bare.commit(sha).signed])
        self.move(((ref, sha, old),), by)

    def delete_ref(self, ref: str, by: str) -> None:
        old = self.state.refs.get(ref)
        if old is None:
            raise Refused(422, "Reference does not exist")
        self.guard_base(ref, by)
        self.move(((ref, None, old),), by)

    def move(self, changes: Iterable[tuple[str, str | None, str | None]], by: str) -> None:
        self.wrote()
        try:
            self.bare.update(changes)
        except RefMoved as error:
            raise Refused(422, "Reference cannot be updated") from error
        self.sync(by)

    def sync(self, by: str) -> None:
        """Refs moved, through the API or by a push: everything that follows on the pull requests."""
        before, self.state.refs = self.state.refs, self.bare.refs()
        for pull in self.state.pulls():
            where = f"refs/heads/{pull.head_ref}"
            if pull.head_repo != self.full_name or pull.state != "open":
                continue
            head = self.state.refs.get(where)
            if head == pull.head:
                continue
            if head is None:
                self.event(pull, "head_ref_deleted", by, name=pull.head_ref)
                self._close(pull, by)
                continue
            if not self.bare.contains(head, pull.head):
                self.event(pull, "head_ref_force_pushed", by, before=pull.head, after=head)
            pull.head, pull.pusher, pull.updated = head, by, self.now()
            self._dismiss(pull)
        if before.get(f"refs/heads/{self.base}") != self.state.refs.get(f"refs/heads/{self.base}"):
            self._merged_indirectly(by)

    def _dismiss(self, pull: Pull) -> None:
        for review in pull.reviews:
            if self.rules.dismiss_stale and review.state == "APPROVED":
                review.state = "DISMISSED"

    def _merged_indirectly(self, by: str) -> None:
        """A pull request is merged when its head reaches base, whoever brought it there."""
        base = self.head()
        for pull in self.state.pulls():
            if pull.state == "open" and pull.base_ref == self.base and self.bare.contains(base, pull.head):
                self.mark_merged(pull, by, pull.head)

    # Issues

    def new_issue(self, by: str, title: str, body: str, labels: Iterable[str] = ()) -> Item:
        if not self.settings.issues:
            raise Refused(410, "Issues has been disabled in this repository.")
        self._fits(title, body, "Issue")
        self.wrote()
        item = Item(self._number(), self.id(), title, body, by, self.now(), self.now())
        self.state.items[item.number] = item
        if self.may(by, "triage"):  # labels of others are dropped without a word
            self._label(item, labels, by)
        return item

    def _number(self) -> int:
        return max(self.state.items, default=0) + 1

    def _fits(self, title: str, body: str, resource: str) -> None:
        if not title.strip():
            raise _invalid(resource, "title", "missing_field")
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
        self._fits(item.title if title is None else title, item.body if body is None else body, kind)
        self.wrote()
        if title is not None and title != item.title:
            self.event(item, "renamed", by, before=item.title, after=title)
            item.title = title
        if body is not None and body != item.body:
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
        self._fits("-", body, "IssueComment")
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
        self._close(item, by, reason or ("completed" if not isinstance(item, Pull) else None))

    def _close(self, item: Item, by: str, reason: str | None = None) -> None:
        item.state, item.closed, item.closed_by, item.reason = "closed", self.now(), by, reason
        if isinstance(item, Pull):
            item.base, item.queued = self.head(item.base_ref), None
        self.event(item, "closed", by, **({"reason": reason} if reason else {}))

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

    # Pull requests

    def open_pull(
        self,
        by: str,
        *,
        head: str,
        title: str,
        body: str = "",
        base: str | None = None,
        draft: bool = False,
    ) -> Pull:
        """`head` is a branch, or owner:branch where it is a fork's."""
        owner, _, branch = head.rpartition(":")
        repo = f"{owner or self.owner}/{self.name}"
        where = (
            f"refs/heads/{branch}" if repo == self.full_name else f"refs/forks/{owner}/heads/{branch}"
        )
        target = base or self.base
        if by == ACTIONS and not self.settings.actions_may_propose:
            told = "GitHub Actions is not permitted to create or approve pull requests."
            raise Refused(403, told, kind="FORBIDDEN")
        if where not in self.state.refs:
            raise _invalid("PullRequest", "head", "invalid")
        if f"refs/heads/{target}" not in self.state.refs:
            raise _invalid("PullRequest", "base", "invalid")
        self._fits(title, body, "PullRequest")
        if any(
            (pull.state, pull.head_repo, pull.head_ref, pull.base_ref) == ("open", repo, branch, target)
            for pull in self.state.pulls()
        ):
            told = f"A pull request already exists for {owner or self.owner}:{branch}."
            raise _invalid("PullRequest", "", "custom", told)
        sha = self.state.refs[where]
        if self.bare.contains(self.head(target), sha):
            raise _invalid("PullRequest", "", "custom", f"No commits between {target} and {branch}")
        self.wrote()
        pull = Pull(self._number(), self.id(), title, body, by, self.now(), self.now())
        pull.head_repo, pull.head_ref, pull.head = repo, branch, sha
        pull.base_ref, pull.base, pull.draft, pull.pusher = target, self.head(target), draft, by
        self.state.items[pull.number] = pull
        return pull

    def set_draft(self, pull: Pull, by: str, *, draft: bool) -> None:
        if by != pull.author and not self.may(by, "write"):
            raise Refused(403, "Must have write access.", kind="FORBIDDEN")
        if pull.state != "open":
            raise Refused(422, "Pull request is closed", kind="UNPROCESSABLE")
        if pull.draft == draft:
            told = "Pull request is already a draft" if draft else "Pull request is not a draft"
            raise Refused(422, told, kind="UNPROCESSABLE")
        self.wrote()
        pull.draft = draft
        self.event(pull, "convert_to_draft" if draft else "ready_for_review", by)

    def review(self, pull: Pull, by: str, state: str, body: str = "") -> Review:
        if by == pull.author and state != "COMMENTED":
            told = "approve" if state == "APPROVED" else "request changes on"
            problem = f"Can not {told} your own pull request"
            raise Refused(422, "Unprocessable Entity", errors=[problem])
        self.wrote()
        made = Review(self.id(), by, state, pull.head, self.now(), body)
        pull.reviews.append(made)
        return made

    def mark_merged(self, pull: Pull, by: str, commit: str) -> None:
        pull.merged, pull.merged_by, pull.merge_commit = self.now(), by, commit
        pull.queued = None
        self.event(pull, "merged", by, commit=commit)
        self._close(pull, by)

    def mergeable(self, pull: Pull, *, polled: bool = True) -> bool | None:
        """Whether it merges without a conflict; None while GitHub is still computing."""
        base = self.head(pull.base_ref)
        key = (pull.number, base, pull.head)
        asked = self._asked.get(key, 0)
        if polled:
            self._asked[key] = asked + 1
        if asked < self.knobs.mergeable_null:
            return None
        return self.bare.merged_tree(base, pull.head) is not None

    # Statuses

    def set_status(
        self, sha: str, by: str, *, state: str, context: str, description: str, target: str | None
    ) -> Status:
        if not self.bare.has(sha, "commit"):
            raise Refused(422, f"No commit found for SHA: {sha}")
        known = self.state.statuses.get(sha, [])
        if len([status for status in known if status.context == context]) >= STATUSES:
            told = "This SHA and context has reached the maximum number of statuses."
            raise Refused(422, "Validation Failed", errors=[told])
        if len(description) > 140:
            told = "description is too long (maximum is 140 characters)"
            problem = {"resource": "Status", "code": "custom", "field": "description", "message": told}
            raise Refused(422, "Validation Failed", errors=[problem])
        self.wrote()
        made = Status(self.id(), state, context, description, target, by, self.now())
        self.state.statuses.setdefault(sha, []).append(made)
        return made

    # A commit through the API

    def commit_files(
        self, parent: str, files: dict[str, bytes | None], message: str, *, by: str, sign: bool = True
    ) -> str:
        """A commit on `parent` that writes these files, modes kept."""
        tree = self.bare.commit(parent).tree
        changes: dict[str, Entry | None] = {}
        for path, data in files.items():
            known = self.bare.entry(tree, path)
            mode = known.mode if known and known.kind == "blob" else "100644"
            changes[path] = None if data is None else Entry(mode, "blob", self.bare.write("blob", data))
        return self.bare.write_commit(
            self.bare.tree_with(tree, changes),
            [parent],
            message,
            author=self.signed(by),
            committer=self.web(),
            sign=sign,
        )

    def web(self) -> Signed:
        """GitHub itself, as the committer of what is made on its site."""
        return Signed(GHOST.name, GHOST.email, self.now())


def _invalid(resource: str, field_name: str, code: str, message: str = "") -> Refused:
    problem = {"resource": resource, "code": code}
    if field_name:
        problem["field"] = field_name
    if message:
        problem["message"] = message
    return Refused(422, "Validation Failed", errors=[problem])
