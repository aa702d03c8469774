"""GraphQL's answers as values: what is used of them is checked, the rest is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from promoter.errors import ForgeError

Sha = Annotated[str, Field(pattern=r"\A([0-9a-f]{40}|[0-9a-f]{64})\z")]
_Node = TypeVar("_Node")
_Answer = TypeVar("_Answer", bound=BaseModel)


class Read(BaseModel):
    """A part of an answer, in Python's names."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Nodes(Read, Generic[_Node]):
    """A short list. GitHub puts null where the reader may not see something: left out by `found`."""

    nodes: tuple[_Node | None, ...]

    @property
    def found(self) -> tuple[_Node, ...]:
        """Those that can be seen."""
        return tuple(node for node in self.nodes if node is not None)


class PageInfo(Read):
    """Whether there is more, and from where."""

    has_next_page: bool
    end_cursor: str | None


class Page(Nodes[_Node], Generic[_Node]):
    """A part of a long list."""

    page_info: PageInfo

    @property
    def following(self) -> str | None:
        """Where the next part begins; None at the end."""
        return self.page_info.end_cursor if self.page_info.has_next_page else None


class Who(Read):
    """Whoever did something; `database_id` is None for what is neither a user nor a bot."""

    typename: str = Field(alias="__typename")
    login: str
    database_id: int | None = None

    @property
    def name(self) -> str:
        """The login as people know it: bots carry `[bot]`."""
        if self.typename != "Bot":
            return self.login
        return self.login.removesuffix("[bot]") + "[bot]"

    @property
    def human(self) -> bool:
        """A user, not a bot, an organisation or a mannequin."""
        return self.typename == "User"


class Closer(Read):
    """What closed an issue: a commit or a pull request with a keyword in its text, or linked to it."""

    typename: str = Field(alias="__typename")


class Closing(Read):
    """When something was closed, and by whom (None for a deleted account). `closer` is None where by hand."""

    created_at: AwareDatetime | None = None
    actor: Who | None = None
    closer: Closer | None = None


class Object(Read):
    """Some Git object."""

    oid: Sha


class StatusContext(Read):
    """The last commit status of one context."""

    state: str
    description: str | None
    creator: Who | None


class CommitStatus(Read):
    """The commit status that is ours, where there is one."""

    context: StatusContext | None


class Head(Read):
    """A branch's commit."""

    oid: Sha
    tree: Object
    parents: Nodes[Object]
    status: CommitStatus | None = None


class PullRequest(Read):
    """A pull request as the documents ask for it."""

    id: str
    number: int
    url: str
    state: Literal["OPEN", "CLOSED", "MERGED"]
    is_draft: bool
    title: str
    body: str
    head_ref_name: str
    head_ref_oid: Sha
    base_ref_name: str
    is_cross_repository: bool
    closed_at: AwareDatetime | None
    author: Who | None
    merge_commit: Object | None
    is_in_merge_queue: bool = False
    closings: Nodes[Closing] = Nodes(nodes=())  # not asked of open ones

    @property
    def closing(self) -> Closing | None:
        """The last time it was closed."""
        return self.closings.found[-1] if self.closings.found else None


class Issue(Read):
    """An issue as the documents ask for it."""

    id: str
    number: int
    url: str
    state: Literal["OPEN", "CLOSED"]
    body: str
    created_at: AwareDatetime
    closed_at: AwareDatetime | None
    author: Who | None
    closings: Nodes[Closing] = Nodes(nodes=())  # not asked of open ones

    @property
    def closing(self) -> Closing | None:
        """The last time it was closed."""
        return self.closings.found[-1] if self.closings.found else None


class Branch(Read):
    """One of our branches, and pull requests from it. Its name has no `promoter/` in the list of those below it."""

    name: str
    target: Head | None
    associated_pull_requests: Nodes[PullRequest]


class Counted(Read):
    """How long a list is."""

    total_count: int


class Fleet(Read):
    """Everything of the fleet that one request brings; None or nothing for what was not asked.

    `named` and `late` are the branches that were asked for by their ids, in that order. `standing` and `lifted`
    are issues with the label, `own` and `own_lifted` those by the bot's account, whatever their labels.
    """

    counted: Counted | None = None
    named: tuple[Branch, ...] = ()
    late: tuple[Branch, ...] = ()
    branches: Page[Branch] | None = None
    ended: Nodes[PullRequest] | None = None
    standing: Page[Issue] | None = None
    lifted: Page[Issue] | None = None
    own: Page[Issue] | None = None
    own_lifted: Page[Issue] | None = None

    @property
    def issues(self) -> Mapping[str, Page[Issue]]:
        """The lists of issues, by their names in the document."""
        lists = {
            "standing": self.standing, "lifted": self.lifted, "own": self.own, "ownLifted": self.own_lifted
        }  # fmt: skip
        return {name: page for name, page in lists.items() if page is not None}


class BareRef(Read):
    """A branch and its commit."""

    name: str
    target: Object | None


class Standing(Read):
    """The newest standing holds, for a last look: by their label, and by the bot's account."""

    standing: Nodes[Issue]
    own: Nodes[Issue]

    @property
    def found(self) -> tuple[Issue, ...]:
        """All of them, some twice."""
        return (*self.standing.found, *self.own.found)


class OneBranch(Standing):
    """A branch with its open pull requests, and ended ones from branches of this name, forks' too, newest first."""

    ref: Branch | None
    ended: Page[PullRequest]


class RepositoryFacts(Read):
    """The repository's settings that matter here."""

    id: str
    name_with_owner: str
    url: str
    is_archived: bool
    is_disabled: bool
    has_issues_enabled: bool
    merge_commit_allowed: bool
    squash_merge_allowed: bool
    rebase_merge_allowed: bool
    default_branch_ref: BareRef | None
    ref: BareRef | None = None
    branches: Counted  # below promoter/


class Viewer(Read):
    """Whom the token speaks for."""

    login: str
    database_id: int | None = None


class Start(Read):
    """The first answer of a tick."""

    viewer: Viewer
    repository: RepositoryFacts


class Review(Read):
    """The last opinion of one reviewer."""

    state: str
    author: Who | None


class Thread(Read):
    """A conversation about a line."""

    is_resolved: bool


class Mergeable(Read):
    """What stands between a pull request and base."""

    state: Literal["OPEN", "CLOSED", "MERGED"]
    is_draft: bool
    head_ref_oid: Sha
    mergeable: str
    merge_state_status: str
    review_decision: str | None
    is_in_merge_queue: bool
    latest_opinionated_reviews: Nodes[Review] | None
    review_threads: Nodes[Thread]


def read_answer(kind: type[_Answer], data: object, what: str) -> _Answer:
    """GitHub's answer as a value. Raises ForgeError naming what is missing; never with the answer's text."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise ForgeError(
            f"GitHub's answer about {what} cannot be read: {place}: {first['msg'][:200]}",
            hint="is GITHUB_API_URL the API of GitHub (not a proxy's page), of 3.11 or newer for Enterprise?",
        ) from None
