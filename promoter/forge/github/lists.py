"""The lists of a fleet, read whole: in order by hundreds, or the branches of a large fleet many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from promoter.errors import ForgeError
from promoter.forge.github.answers import Branch, Fleet, Head, Issue, PullRequest, read_answer
from promoter.forge.github.desk import Desk
from promoter.forge.github.documents import fleet
from promoter.forge.github.pulls import PREFIX, ours
from promoter.forge.github.refusals import RefusedError, UnclearError
from promoter.forge.github.rest import MatchingRefs

PAGE = 100  # of a list or of a list's names, the most that GitHub gives and takes
_AT_ONCE = 350  # branches of one request; three such requests see a thousand of them
_MOST_PAGES = 40  # of what has to be read whole: 4,000 branches or standing holds
_ISSUES = ("standing", "lifted", "own", "ownLifted")
# Not read whole: a lifted hold too old to be listed only stops; what lost its label was changed by that, so it is in
# front of the bot's own issues, which may be many where other workflows share its account.
_PAGES_OF = {"lifted": 4, "own": 10, "ownLifted": 1}
_BELOW = f"refs/heads/{PREFIX}"
_DOING = "read branches, pull requests and holds"
_HOLDS: Mapping[str, Any] = dict.fromkeys(_ISSUES, True)
_NOTHING: Mapping[str, Any] = {"branches": False, "afterBranch": None, "ended": False, "counted": False}


@dataclass(slots=True)
class Lists:
    """What was read: the commits of branches, and pull requests and issues by their number.

    `labelled` are the issues that have the label; the others are the bot's own, or its account's.
    """

    heads: dict[str, Head] = field(default_factory=dict)
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labelled: set[int] = field(default_factory=set)

    def add(self, page: Fleet) -> None:
        """One more answer."""
        for branch in page.branches.found if page.branches else ():
            self._branch(PREFIX + branch.name, branch)
        for branch in (*page.named, *page.late):
            self._branch(branch.name, branch)
        self.pulls |= {pull.number: pull for pull in (page.ended.found if page.ended else ())}
        for name, issues in page.issues.items():
            found = {issue.number: issue for issue in issues.found}
            self.issues |= found
            self.labelled |= set() if name.startswith("own") else found.keys()

    def _branch(self, name: str, branch: Branch) -> None:
        if branch.target is not None:
            self.heads[name] = branch.target
        self.pulls |= {pull.number: pull for pull in branch.associated_pull_requests.found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads them."""

    desk: Desk

    def everything(self) -> Lists:
        """Branches, pull requests and holds. Raises ForgeError."""
        many = self.desk.facts.branches.total_count > PAGE
        return (self._at_once() if many else None) or self._in_order(branches=True)

    def holds(self) -> Lists:
        """The holds alone. Raises ForgeError."""
        return self._in_order(branches=False)

    def _in_order(self, *, branches: bool) -> Lists:
        """One request, one more for every further page: only a page's end says where the next one begins."""
        found = Lists()
        wanted = {**_NOTHING, **_HOLDS, "branches": branches, "ended": branches}
        for count in range(1, _MOST_PAGES + 1):
            page = self._ask(wanted)
            found.add(page)
            after = page.branches.following if page.branches else None
            more = {"branches": after is not None, "afterBranch": after}
            wanted = {**_NOTHING, **_holds_after(page, count), **more}
            if not (wanted["branches"] or _asks_issues(wanted)):
                return found
        raise _too_many()

    def _at_once(self) -> Lists | None:
        """All branches by one list of them, each asked for its open pull requests first.

        Only a branch without an open one of ours is asked for ended ones as well, together with what is asked
        next. None where branches and their list do not agree: somebody is making or deleting some.
        """
        refs = self._refs()
        ahead, late, size = list(refs), list[str](), _even(len(refs))
        found, count = Lists(), 0
        wanted = {**_NOTHING, **_HOLDS, "counted": True, "ended": True}
        while ahead or late or _asks_issues(wanted):
            batch = ahead[:size]
            try:
                page = self._ask(wanted, batch, late[:PAGE])
            except UnclearError:  # too much for GitHub's ten seconds?
                size = max(PAGE, len(batch) // 2)
                continue
            except RefusedError as error:
                if error.answer.status == 404:  # noqa: PLR2004
                    return None  # deleted since it was listed
                raise
            known = [refs[ref] for ref in (*batch, *late[:PAGE])]
            listed_all = page.counted is None or page.counted.total_count <= len(refs)
            if not listed_all or [branch.name for branch in (*page.named, *page.late)] != known:
                return None
            found.add(page)
            count += _asks_issues(wanted)  # branches are bounded by their list
            wanted = {**_NOTHING, **_holds_after(page, count)}
            ahead, late = ahead[size:], late[PAGE:] + self._without_open(batch, page.named)
        return found

    def _refs(self) -> Mapping[str, str]:
        """The branches below promoter/ by their ids. GitHub's REST gives such a list in one piece."""
        answer = self.desk.api.get(f"/git/matching-refs/heads/{PREFIX.rstrip('/')}", _DOING)
        listed = read_answer(MatchingRefs, answer, _DOING).root
        refs = {one.node_id: one.ref for one in listed if one.ref.startswith(_BELOW)}
        if len(refs) > _MOST_PAGES * PAGE:
            raise _too_many()
        return {identity: ref.removeprefix("refs/heads/") for identity, ref in refs.items()}

    def _ask(self, wanted: Mapping[str, Any], named: Sequence[str] = (), late: Sequence[str] = ()) -> Fleet:
        """One request. Raises UnclearError for a large one that GitHub did not answer, for a smaller one to try."""
        ids = {f"named{i // PAGE}": named[i : i + PAGE] for i in range(0, len(named), PAGE)}
        also = {"late": late} if late else {}
        place = {**self.desk.api.place, "base": self.desk.base.branch, "bot": self.desk.identity.name}
        answer = self.desk.api.query(
            fleet(len(ids), late=bool(late)),
            {**place, **wanted, **ids, **also},
            _DOING,
            again=len(named) <= PAGE,
        )
        page = read_answer(Fleet, (answer or {}).get("repository"), _DOING)
        seen = {"named": _seen(answer, ids), "late": _seen(answer, also)}
        return page.model_copy(update=seen)

    def _without_open(self, refs: Iterable[str], branches: Iterable[Branch]) -> list[str]:
        identity, base = self.desk.identity, self.desk.base.branch
        return [
            ref
            for ref, branch in zip(refs, branches, strict=True)
            if not ours(identity, base, branch.associated_pull_requests.found)
        ]


def _seen(answer: Mapping[str, Any], lists: Iterable[str]) -> tuple[Branch, ...]:
    """Branches that were asked for by their ids; GitHub has null for one that is not there."""
    found = [branch for name in lists for branch in answer.get(name) or () if branch is not None]
    return tuple(read_answer(Branch, branch, _DOING) for branch in found)


def _even(total: int) -> int:
    """How many branches to ask for at once: as few as so many requests allow."""
    return ceil(total / max(1, ceil(total / _AT_ONCE)))


def _asks_issues(wanted: Mapping[str, Any]) -> bool:
    return any(wanted[name] for name in _ISSUES)


def _holds_after(page: Fleet, count: int) -> dict[str, Any]:
    """Which issues to ask for next: lists that go on, and some of them only so far back."""
    if count > _MOST_PAGES:
        raise _too_many()
    wanted: dict[str, Any] = {}
    for name in _ISSUES:
        part = page.issues.get(name) if count < _PAGES_OF.get(name, count + 1) else None
        after = part.following if part else None
        wanted |= {name: after is not None, f"after{name[0].upper()}{name[1:]}": after}
    return wanted


def _too_many() -> ForgeError:
    return ForgeError(
        f"there are more than {_MOST_PAGES * PAGE:,} branches below promoter/, or standing holds",
        hint="delete the branches of ended proposals, and close the issues of holds that are over",
    )
