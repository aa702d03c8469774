"""What everything on the fake GitHub stands on: one repository, its people and what is remembered."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from tests.fakes.github.objects import Bare, Signed
from tests.fakes.github.state import (
    EVERYTHING,
    ROLES,
    Event,
    Item,
    Person,
    Refused,
    Rules,
    Settings,
    State,
    Token,
)

LIMIT = 65_536  # characters of a body
WEB = Signed("GitHub", "noreply@github.com", datetime(2026, 1, 1, tzinfo=UTC))
_Kind = TypeVar("_Kind", bound=Item)
BOT = "promoter-bot[bot]"
ACTIONS = "github-actions[bot]"


@dataclass
class Knobs:
    """How this GitHub misbehaves. `lag`: so many of the coming reads of lists see the state of so many writes ago."""

    mergeable_null: int = 0  # reads of a pull request until its mergeability is known
    lag_reads: int = 0
    lag_writes: int = 1
    lag_seconds: float = 60.0  # what is older than this, every read knows
    lag_all: bool = False  # single objects and refs too, not only lists and searches


@dataclass
class Core:
    """The repository, its people and its state."""

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
    _ids: Iterator[int] = field(default_factory=lambda: count(1000))
    _asked: dict[tuple[int, str, str], int] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def api(self) -> str:
        return f"{self.url}/repos/{self.full_name}"

    def now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    def id(self) -> int:
        return next(self._ids)

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
            self.history[-1].until = self.now()
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

    def web(self) -> Signed:
        """GitHub itself, as the committer of what is made on its site."""
        return Signed(WEB.name, WEB.email, self.now())


def invalid(resource: str, field_name: str, code: str, message: str = "") -> Refused:
    problem = {"resource": resource, "code": code}
    if field_name:
        problem["field"] = field_name
    if message:
        problem["message"] = message
    return Refused(422, "Validation Failed", errors=[problem])
