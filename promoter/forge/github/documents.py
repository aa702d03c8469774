"""The GraphQL documents: one request reads what a tick needs of the whole fleet, a few of a very large one."""

from __future__ import annotations

from functools import cache

STATUS_CONTEXT = "rollout/health"
HOLD_LABEL = "rollout:hold"

_WHO = """
fragment Who on Actor { __typename login ... on Bot { databaseId } ... on User { databaseId } }
"""

_CLOSINGS = """
  closings: timelineItems(itemTypes: [CLOSED_EVENT], last: 1) {
    nodes { ... on ClosedEvent { createdAt actor { ...Who } closer { __typename } } }
  }
"""

_OPEN = """
fragment Open on PullRequest {
  id number url state isDraft title body headRefName headRefOid baseRefName isCrossRepository closedAt isInMergeQueue
  author { ...Who }
  mergeCommit { oid }
}
"""

_PROPOSAL = (
    f"""
fragment Proposal on PullRequest {{
  ...Open
  {_CLOSINGS}
}}
"""
    + _OPEN
)

_HEAD = f"""
fragment Head on Commit {{
  oid tree {{ oid }} parents(first: 2) {{ nodes {{ oid }} }}
  status {{ context(name: "{STATUS_CONTEXT}") {{ state description creator {{ ...Who }} }} }}
}}
"""

_STANDING = """
fragment Standing on Issue {
  id number url state body createdAt closedAt
  author { ...Who }
}
"""

_HOLD = (
    f"""
fragment Lifted on Issue {{
  ...Standing
  {_CLOSINGS}
}}
"""
    + _STANDING
)

START = """
query Start($owner: String!, $name: String!, $ref: String!, $named: Boolean!) {
  viewer { login databaseId }
  repository(owner: $owner, name: $name) {
    id nameWithOwner url isArchived isDisabled hasIssuesEnabled
    mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
    defaultBranchRef { name target { oid } }
    ref(qualifiedName: $ref) @include(if: $named) { name target { oid } }
    branches: refs(refPrefix: "refs/heads/promoter/", first: 1) { totalCount }
  }
}
"""

_ALL_OF_BRANCH = """
fragment All on Ref {
  name target { ...Head }
  associatedPullRequests(baseRefName: $base, first: 3, orderBy: {field: CREATED_AT, direction: DESC}) {
    nodes { ...Proposal }
  }
}
"""

# Half of what a branch costs is when its pull requests were closed, and by whom: not asked where none is closed.
_OPEN_OF_BRANCH = """
fragment Named on Ref {
  name target { ...Head }
  associatedPullRequests(baseRefName: $base, states: [OPEN], first: 3) { nodes { ...Open } }
}
"""

_REPOSITORY = f"""
  repository(owner: $owner, name: $name) {{
    counted: refs(refPrefix: "refs/heads/promoter/", first: 1) @include(if: $counted) {{ totalCount }}
    branches: refs(refPrefix: "refs/heads/promoter/", first: 100, after: $afterBranch) @include(if: $branches) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ ...All }}
    }}
    ended: pullRequests(
      states: [CLOSED, MERGED], baseRefName: $base, first: 50, orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) @include(if: $ended) {{ nodes {{ ...Proposal }} }}
    standing: issues(labels: ["{HOLD_LABEL}"], states: [OPEN], first: 100, after: $afterStanding)
      @include(if: $standing) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ ...Standing }}
    }}
    lifted: issues(
      labels: ["{HOLD_LABEL}"], states: [CLOSED], first: 50, after: $afterLifted,
      orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) @include(if: $lifted) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ ...Lifted }}
    }}
    own: issues(
      filterBy: {{createdBy: $bot, states: [OPEN]}}, first: 100, after: $afterOwn,
      orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) @include(if: $own) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ ...Standing }}
    }}
    ownLifted: issues(
      filterBy: {{createdBy: $bot, states: [CLOSED]}}, first: 50, after: $afterOwnLifted,
      orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) @include(if: $ownLifted) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ ...Lifted }}
    }}
  }}
"""


@cache
def fleet(lists: int, *, late: bool) -> str:
    """Pages of branches and holds, and beside them branches by their ids: so many lists of at most a hundred.

    Those of `late` are asked for ended pull requests as well.
    """
    ids = [f"named{number}" for number in range(lists)]
    nodes = [f"  {name}: nodes(ids: ${name}) {{ ...Named }}\n" for name in ids]
    nodes += ["  late: nodes(ids: $late) { ...All }\n"] if late else []
    variables = "".join(f", ${name}: [ID!]!" for name in [*ids, *(["late"] if late else [])])
    return (
        "query Fleet($owner: String!, $name: String!, $base: String!, $bot: String!, $counted: Boolean!,"
        " $branches: Boolean!, $afterBranch: String, $ended: Boolean!,"
        " $standing: Boolean!, $afterStanding: String, $lifted: Boolean!, $afterLifted: String,"
        " $own: Boolean!, $afterOwn: String, $ownLifted: Boolean!, $afterOwnLifted: String"
        f"{variables}) {{{_REPOSITORY}{''.join(nodes)}}}"
        f"{_WHO}{_HEAD}{_PROPOSAL}{_HOLD}{_ALL_OF_BRANCH}{_OPEN_OF_BRANCH if lists else ''}"
    )


# For a last look: what has come since the fleet was read is among the newest, or was changed last.
_NEWEST = f"""
    standing: issues(labels: ["{HOLD_LABEL}"], states: [OPEN], last: 100) {{ nodes {{ ...Standing }} }}
    own: issues(
      filterBy: {{createdBy: $bot, states: [OPEN]}}, first: 50, orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) {{ nodes {{ ...Standing }} }}
"""

BRANCH = (
    f"""
query Branch(
  $owner: String!, $name: String!, $bot: String!,
  $branch: String!, $ref: String!, $base: String!, $after: String
) {{
  repository(owner: $owner, name: $name) {{
    {_NEWEST}
    ref(qualifiedName: $ref) {{ ...Named }}
    ended: pullRequests(
      headRefName: $branch, baseRefName: $base, states: [CLOSED, MERGED], first: 50, after: $after,
      orderBy: {{field: CREATED_AT, direction: DESC}}
    ) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ ...Proposal }}
    }}
  }}
}}
"""
    + _WHO
    + _HEAD
    + _PROPOSAL
    + _OPEN_OF_BRANCH
    + _STANDING
)

MERGEABLE = (
    f"""
query Mergeable($id: ID!, $owner: String!, $name: String!, $bot: String!) {{
  repository(owner: $owner, name: $name) {{
    {_NEWEST}
  }}
  node(id: $id) {{
    ... on PullRequest {{
      state isDraft headRefOid mergeable mergeStateStatus reviewDecision isInMergeQueue
      latestOpinionatedReviews(first: 20, writersOnly: true) {{ nodes {{ state author {{ ...Who }} }} }}
      reviewThreads(first: 50) {{ nodes {{ isResolved }} }}
    }}
  }}
}}
"""
    + _WHO
    + _STANDING
)

UPDATE_REFS = """
mutation UpdateRefs($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }
"""

READY = """
mutation Ready($input: MarkPullRequestReadyForReviewInput!) {
  markPullRequestReadyForReview(input: $input) { pullRequest { isDraft } }
}
"""

DRAFT = """
mutation Draft($input: ConvertPullRequestToDraftInput!) {
  convertPullRequestToDraft(input: $input) { pullRequest { isDraft } }
}
"""

ENQUEUE = """
mutation Enqueue($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { state } }
}
"""

DEQUEUE = """
mutation Dequeue($input: DequeuePullRequestInput!) {
  dequeuePullRequest(input: $input) { mergeQueueEntry { state } }
}
"""
