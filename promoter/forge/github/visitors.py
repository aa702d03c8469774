"""Other people's open pull requests and the merge queue's groups: read, fetched, and given `rollout/health`.

The status is required for base: a pull request without it could never be merged, nor a group of the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
query Visitors(
  $owner: String!, $name: String!, $base: String!, $after: String, $groups: String!, $first: Boolean!
) {{
  repository(owner: $owner, name: $name) {{
    pullRequests(
      states: [OPEN], baseRefName: $base, first: 50, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) {{
      totalCount
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        number headRefName headRefOid isCrossRepository author {{ ...Who }}
        commits(last: 1) {{ nodes {{ commit {{ ...Said }} }} }}
      }}
    }}
    groups: refs(refPrefix: $groups, first: 100) @include(if: $first) {{ nodes {{ name target {{ ...Said }} }} }}
  }}
}}
fragment Said on Commit {{
  oid status {{ context(name: "{STATUS_CONTEXT}") {{ state description creator {{ ...Who }} }} }}
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


class _Group(_Read):
    name: str
    target: _Commit | None


class _PullPage(Page[_Pull]):
    total_count: int


class _Answer(_Read):
    pull_requests: _PullPage
    groups: Nodes[_Group] = Nodes(nodes=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """What waits to come to base and is not the bot's own proposal, its head, and what the bot last said of that.

    A pull request, or a group of the merge queue. `ref` is where GitHub keeps its head.
    """

    name: str
    ref: str
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
    """The open pull requests to base that others opened, and its merge queue's groups. Only the bot may speak here: SettingsError else."""

    desk: Desk
    left: int = field(default=0, init=False)  # open pull requests that were too many to read

    def __post_init__(self) -> None:
        if not self.desk.identity.acts_as_bot:
            raise SettingsError(
                f"the token is not the bot's ({self.desk.identity.bot}), and only the bot says rollout/health"
            )

    def read(self) -> tuple[Visitor, ...]:
        """The groups, and up to a hundred pull requests; none at a commit that is a proposal of the bot's."""
        pulls, groups = self._waiting()
        found = [*map(self._group, groups), *map(self._pull, pulls)]
        mine = {pull.head_ref_oid for pull in pulls if self._ours(pull)}
        return tuple(visitor for visitor in found if visitor is not None and visitor.head not in mine)

    def fetch(self, visitors: Sequence[Visitor]) -> None:
        """Have their commits in the clone; those that are gone meanwhile are not. Raises RepoError."""
        repo = self.desk.repo
        found = repo.objects.read([visitor.head for visitor in visitors]) if visitors else []
        missing = [one.ref for one, known in zip(visitors, found, strict=True) if known is None]
        if missing:
            fetch_commits(repo.git, self.desk.remote, missing)

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
        doing = f"set the status of {visitor.name}"
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

    def _waiting(self) -> tuple[list[_Pull], tuple[_Group, ...]]:
        pulls: list[_Pull] = []
        groups: tuple[_Group, ...] = ()
        after: str | None = None
        for page in range(_MOST // 50):
            answer = self._page(after, first=page == 0)
            pulls += answer.pull_requests.found
            groups += answer.groups.found
            self.left = max(0, answer.pull_requests.total_count - len(pulls))
            after = answer.pull_requests.following
            if after is None:
                break
        return pulls, groups

    def _page(self, after: str | None, *, first: bool) -> _Answer:
        doing = "read the open pull requests"
        base = self.desk.base.branch
        asked = {"base": base, "after": after, "groups": f"{_queue(base)}/", "first": first}
        answer = self.desk.api.query(VISITORS, {**self.desk.api.place, **asked}, doing)
        return read_answer(_Answer, (answer or {}).get("repository"), doing)

    def _ours(self, pull: _Pull) -> bool:
        mine = self.desk.identity.is_us(pull.author) and not pull.is_cross_repository
        return mine and rollout_of(pull.head_ref_name) is not None

    def _pull(self, pull: _Pull) -> Visitor:
        at_head = next((n.commit for n in pull.commits.found if n.commit.oid == pull.head_ref_oid), None)
        ref = f"refs/pull/{pull.number}/head"
        return self._visitor(f"#{pull.number}", ref, at_head or _Commit(oid=pull.head_ref_oid))

    def _group(self, group: _Group) -> Visitor | None:
        if group.target is None:
            return None
        ref = f"{_queue(self.desk.base.branch)}/{group.name}"
        return self._visitor(f"merge group {one_line(group.name, 60)}", ref, group.target)

    def _visitor(self, name: str, ref: str, head: _Commit) -> Visitor:
        context = head.status.context if head.status else None
        if context is None or not self.desk.identity.is_us(context.creator):
            context = None
        return Visitor(
            name=name,
            ref=ref,
            head=head.oid,
            state=Health(context.state.lower()) if context and context.state.lower() in set(Health) else None,
            description=(context.description or "") if context else "",
            known=read_context(context) if context else None,
        )


def _queue(base: str) -> str:
    """Below this GitHub keeps a branch for each group that its merge queue has checked."""
    return f"refs/heads/gh-readonly-queue/{base}"
