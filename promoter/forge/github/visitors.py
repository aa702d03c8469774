"""Other people's open pull requests: read at once, fetched, and given `rollout/health` like the bot's own.

The status is required for base, so a pull request without it could never be merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from promoter.core.proposals import Health, Status
from promoter.errors import ForgeError, SettingsError
from promoter.forge.github.answers import CommitStatus, Nodes, Object, Page, Sha, Who, read_answer
from promoter.forge.github.desk import Desk
from promoter.forge.github.documents import STATUS_CONTEXT
from promoter.forge.github.pulls import rollout_of
from promoter.forge.github.refusals import RefusedError, UnclearError
from promoter.forge.github.statuses import LIMIT, as_shown, description, read_context
from promoter.forge.views import is_due
from promoter.repo.clone import fetch_commits
from promoter.report.numbers import one_line

_MOST = 100  # open pull requests, the most recently updated first

VISITORS = f"""
query Visitors($owner: String!, $name: String!, $base: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    pullRequests(
      states: [OPEN], baseRefName: $base, first: 50, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        number headRefName headRefOid isCrossRepository author {{ ...Who }}
        commits(last: 1) {{ nodes {{ commit {{
          oid status {{ context(name: "{STATUS_CONTEXT}") {{ state description creator {{ ...Who }} }} }}
        }} }} }}
      }}
    }}
  }}
}}
fragment Who on Actor {{ __typename login ... on Bot {{ databaseId }} ... on User {{ databaseId }} }}
"""


class _Read(BaseModel):
    """A part of the answer, in Python's names."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class _Commit(Object):
    status: CommitStatus | None = None


class _CommitNode(_Read):
    commit: _Commit


class _Pull(_Read):
    number: int
    head_ref_name: str
    head_ref_oid: Sha
    is_cross_repository: bool
    author: Who | None
    commits: Nodes[_CommitNode]


class _Pulls(_Read):
    pull_requests: Page[_Pull]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One pull request to base that is not the bot's own, its head, and what the bot last said of that."""

    number: int
    head: str
    state: Health | None
    description: str
    known: Status | None  # the same where it came with a moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What to say of a head. `verdict` has the moment of its evidence; without evidence there is none."""

    state: Health
    summary: str
    verdict: Status | None = None

    @property
    def description(self) -> str:
        """What GitHub shows."""
        return description(self.verdict) if self.verdict else one_line(self.summary, LIMIT)


@dataclass(slots=True)
class Visitors:
    """The open pull requests to base that others opened. Only the bot may speak here: SettingsError else."""

    desk: Desk

    def __post_init__(self) -> None:
        if not self.desk.identity.acts_as_bot:
            raise SettingsError(
                f"the token is not the bot's ({self.desk.identity.bot}), and only the bot says rollout/health"
            )

    def read(self) -> tuple[Visitor, ...]:
        """All of them, up to a hundred; without those at a commit that is a proposal of the bot's."""
        pulls = tuple(self._pulls())
        mine = {pull.head_ref_oid for pull in pulls if self._ours(pull)}
        return tuple(self._visitor(pull) for pull in pulls if pull.head_ref_oid not in mine)

    def fetch(self, visitors: Sequence[Visitor]) -> None:
        """Have their commits in the clone; those that are gone meanwhile are not. Raises RepoError."""
        repo = self.desk.repo
        found = repo.objects.read([visitor.head for visitor in visitors]) if visitors else []
        missing = [one.number for one, known in zip(visitors, found, strict=True) if known is None]
        if missing:
            fetch_commits(repo.git, self.desk.remote, [f"refs/pull/{number}/head" for number in missing])

    def say(self, visitor: Visitor, said: Said) -> bool:
        """Put it on the head where it says something new. False where it was said already. Raises ForgeError."""
        if said.verdict is not None:
            if not is_due(visitor.known, as_shown(said.verdict)):
                return False
        elif (visitor.state, visitor.description) == (said.state, said.description):
            return False
        payload = {"state": said.state.value, "context": STATUS_CONTEXT, "description": said.description}
        if self.desk.settings.run_url:
            payload["target_url"] = self.desk.settings.run_url
        doing = f"set the status of pull request {visitor.number}"
        try:
            self.desk.api.write("POST", f"/statuses/{visitor.head}", payload, doing)
        except UnclearError as error:  # said twice is said once: the next tick looks again
            raise ForgeError(f"cannot {doing}: {error}", hint="the next tick looks again") from error
        except RefusedError as error:
            if "maximum number of statuses" not in error.answer.text:
                raise
            raise ForgeError(
                f"cannot {doing}: its head has all the statuses that GitHub keeps",
                hint="push a new commit to it",
            ) from error
        return True

    def _pulls(self) -> Iterable[_Pull]:
        after: str | None = None
        for _ in range(_MOST // 50):
            doing = "read the open pull requests"
            place = {**self.desk.api.place, "base": self.desk.base.branch, "after": after}
            answer = self.desk.api.query(VISITORS, place, doing)
            page = read_answer(_Pulls, (answer or {}).get("repository"), doing).pull_requests
            yield from page.found
            after = page.following
            if after is None:
                return

    def _ours(self, pull: _Pull) -> bool:
        mine = self.desk.identity.is_us(pull.author) and not pull.is_cross_repository
        return mine and rollout_of(pull.head_ref_name) is not None

    def _visitor(self, pull: _Pull) -> Visitor:
        at_head = [n.commit for n in pull.commits.found if n.commit.oid == pull.head_ref_oid]
        status = at_head[0].status if at_head else None
        context = status.context if status else None
        if context is None or not self.desk.identity.is_us(context.creator):
            context = None
        return Visitor(
            number=pull.number,
            head=pull.head_ref_oid,
            state=Health(context.state.lower()) if context and context.state.lower() in set(Health) else None,
            description=(context.description or "") if context else "",
            known=read_context(context) if context else None,
        )
