"""What merging a pull request takes, and what it does: rules, methods, the queue, the Revert button."""

from __future__ import annotations

from tests.fakes.github.hub import QUEUE, Hub
from tests.fakes.github.state import CheckRun, Pull, Refused, Review

GROUPS = "refs/heads/gh-readonly-queue"  # the queue's own branches


def latest_reviews(hub: Hub, pull: Pull) -> list[Review]:
    """The last opinion of everyone who may write."""
    last: dict[str, Review] = {}
    for review in pull.reviews:
        if review.state != "COMMENTED" and hub.may(review.author, "write"):
            last[review.author] = review
    return list(last.values())


def review_decision(hub: Hub, pull: Pull) -> str | None:
    """APPROVED, CHANGES_REQUESTED or REVIEW_REQUIRED; None where no review is required and none is there."""
    opinions = latest_reviews(hub, pull)
    if any(review.state == "CHANGES_REQUESTED" for review in opinions):
        return "CHANGES_REQUESTED"
    approved = [review for review in opinions if review.state == "APPROVED"]
    if hub.rules.last_push_approval:
        approved = [review for review in approved if review.author != pull.pusher]
    if len(approved) >= hub.rules.reviews:
        return "APPROVED" if approved else None
    return "REVIEW_REQUIRED"


def check_state(hub: Hub, sha: str, context: str, sender: str | None) -> str:
    """success, failure, pending, or expected where nothing has come (from that sender)."""
    statuses = [s for s in hub.state.statuses.get(sha, ()) if s.context == context]
    if statuses and (sender is None or statuses[-1].creator == sender):
        return {"error": "failure"}.get(statuses[-1].state, statuses[-1].state)
    runs = [run for run in hub.state.checks.get(sha, ()) if run.name == context]
    if runs and sender is None:
        return _run_state(runs[-1])
    return "expected"


def _run_state(run: CheckRun) -> str:
    if run.status != "completed":
        return "pending"
    return "success" if run.conclusion in {"success", "neutral", "skipped"} else "failure"


def blockers(hub: Hub, pull: Pull, *, queue: bool = True, group: str | None = None) -> list[str]:
    """What the rules say against it, in GitHub's words; in the queue the checks are those of its group's commit."""
    rules, told = hub.rules, []
    head = group or pull.head
    decision = review_decision(hub, pull)
    if rules.reviews and decision == "REVIEW_REQUIRED":
        some = "review is" if rules.reviews == 1 else "reviews are"
        told.append(f"At least {rules.reviews} approving {some} required by reviewers with write access.")
    if (rules.reviews or rules.pull_request) and decision == "CHANGES_REQUESTED":
        told.append("Changes have been requested by a reviewer with write access.")
    if rules.conversations and any(not thread.resolved for thread in pull.threads):
        told.append("A conversation must be resolved before this pull request can be merged.")
    for context, sender in rules.checks:
        state = check_state(hub, head, context, sender)
        if state != "success":
            word = {"failure": "failing", "pending": "in progress"}.get(state, state)
            told.append(f'Required status check "{context}" is {word}.')
    if rules.strict and not hub.bare.contains(head, hub.head(pull.base_ref)):
        told.append("This branch must not be out-of-date with the base branch before merging.")
    if rules.merge_queue and queue:
        told.append("Changes must be made through the merge queue")
    return told


def merge_state(hub: Hub, pull: Pull, mergeable: bool | None) -> str:  # noqa: FBT001
    """`mergeable_state` of REST; upper case it is `mergeStateStatus` of GraphQL."""
    if mergeable is None:
        return "unknown"
    if not mergeable:
        return "dirty"
    if pull.draft:
        return "draft"
    told = blockers(hub, pull)
    if len(told) == 1 and told[0].startswith("This branch must not be out-of-date"):
        return "behind"
    if told:
        return "blocked"
    statuses = {s.context: s.state for s in hub.state.statuses.get(pull.head, ())}
    runs = [_run_state(run) for run in hub.state.checks.get(pull.head, ())]
    return "clean" if {*statuses.values(), *runs} <= {"success"} else "unstable"


def merge(
    hub: Hub,
    pull: Pull,
    by: str,
    *,
    method: str = "merge",
    sha: str | None = None,
    title: str | None = None,
    message: str | None = None,
) -> str:
    """Merge it; the commit that base is at then. Refused as GitHub refuses."""
    if not hub.may(by, "write"):
        raise Refused(403, "Must have push access to merge.", kind="FORBIDDEN")
    if pull.state != "open":
        raise Refused(405, "Pull Request is not mergeable")
    if sha is not None and sha != pull.head:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    if pull.draft:
        raise Refused(405, "Pull Request is still a draft")
    if method not in hub.settings.methods or (method == "merge" and hub.rules.linear):
        word = {"merge": "Merge commits are", "squash": "Squash merges are", "rebase": "Rebase merges are"}
        raise Refused(405, f"{word[method]} not allowed on this repository.")
    told = [] if by in hub.rules.bypass else blockers(hub, pull)
    if told and hub.rules.ruleset:
        raise Refused(405, "Repository rule violations found\n\n" + "\n\n".join(told) + "\n\n")
    if told:
        raise Refused(405, told[0])
    if hub.bare.merged_tree(hub.head(pull.base_ref), pull.head) is None:
        raise Refused(405, "Pull Request is not mergeable")
    return land(hub, pull, by, method=method, title=title, message=message)


def land(
    hub: Hub,
    pull: Pull,
    by: str,
    *,
    method: str = "merge",
    title: str | None = None,
    message: str | None = None,
    made: str | None = None,
) -> str:
    """Bring its commits to base, whatever the rules; `made` are they where the queue has made them."""
    base = hub.head(pull.base_ref)
    commit = made or _commits(hub, pull, base, by, method, title, message)
    hub.wrote()
    ref = f"refs/heads/{pull.base_ref}"
    hub.bare.update([(ref, commit, base)])
    hub.mark_merged(pull, by, commit)
    hub.sync(by)
    if hub.settings.delete_branch_on_merge and pull.head_repo == hub.full_name:
        where = f"refs/heads/{pull.head_ref}"
        hub.bare.update([(where, None, pull.head)])
        hub.sync(by)
        hub.event(pull, "head_ref_deleted", by, name=pull.head_ref)
    return commit


def _commits(
    hub: Hub, pull: Pull, base: str, by: str, method: str, title: str | None, message: str | None
) -> str:
    bare = hub.bare
    who = hub.signed(by)
    if method == "rebase":
        return _rebased(hub, pull, base)
    tree = bare.merged_tree(base, pull.head)
    assert tree is not None
    if method == "squash":
        text = _words(title or f"{pull.title} (#{pull.number})", _squashed(hub, pull, base, message))
        return bare.write_commit(tree, [base], text, author=who, committer=hub.web(), sign=True)
    first = title or f"Merge pull request #{pull.number} from {pull.head_repo.split('/')[0]}/{pull.head_ref}"
    text = _words(first, pull.title if message is None else message)
    return bare.write_commit(tree, [base, pull.head], text, author=who, committer=hub.web(), sign=True)


def _words(title: str, message: str) -> str:
    return f"{title}\n\n{message}" if message else title


def _squashed(hub: Hub, pull: Pull, base: str, message: str | None) -> str:
    if message is not None:
        return message
    match hub.settings.squash_message:
        case "PR_BODY":
            return pull.body
        case "COMMIT_MESSAGES":
            commits = [hub.bare.commit(sha) for sha in reversed(hub.bare.line(pull.head, f"^{base}"))]
            if len(commits) == 1:
                return commits[0].message.partition("\n\n")[2].strip()
            return "\n\n".join(f"* {commit.message.strip()}" for commit in commits)
        case _:
            return ""


def _rebased(hub: Hub, pull: Pull, base: str) -> str:
    """Every commit anew on top of base: signatures are lost."""
    tip = base
    for sha in reversed(hub.bare.line("--no-merges", pull.head, f"^{base}")):
        commit = hub.bare.commit(sha)
        tree = hub.bare.merged_tree(tip, sha, base=commit.parents[0])
        if tree is None:
            raise Refused(405, "This branch can't be rebased")
        tip = hub.bare.write_commit(
            tree, [tip], commit.message, author=commit.author, committer=hub.web(), sign=False
        )
    return tip


# The queue


def enqueue(hub: Hub, pull: Pull, by: str, sha: str | None = None) -> None:
    """Put it into the merge queue."""
    if not hub.rules.merge_queue:
        raise Refused(422, "Merge queue is not enabled for this branch")
    if sha is not None and sha != pull.head:
        raise Refused(422, "Head branch was modified. Review and try the merge again.")
    if pull.state != "open" or pull.draft:
        raise Refused(422, "Pull request is not in a state to be queued")
    if pull.queued:
        raise Refused(422, "Pull request is already in the queue")
    told = blockers(hub, pull, queue=False)
    if told:
        raise Refused(422, told[0])
    hub.wrote()
    pull.queued, pull.queued_by = hub.now(), by
    hub.event(pull, "added_to_merge_queue", by)
    build_groups(hub)


def dequeue(hub: Hub, pull: Pull, by: str) -> None:
    """Take it out again."""
    if not pull.queued:
        raise Refused(422, "Pull request is not in the merge queue")
    hub.wrote()
    pull.queued = None
    hub.event(pull, "removed_from_merge_queue", by, reason="manual")
    build_groups(hub)


def build_groups(hub: Hub, method: str = "merge") -> dict[int, str]:
    """Each queued pull request as a commit on top of the one before it, on a branch of its own: what is checked.

    Those that are there already stay; those that stand on something else by now are made anew.
    """
    tip, refs, made = hub.head(), {}, {}
    for pull in _queue(hub):
        ref = f"{GROUPS}/{pull.base_ref}/pr-{pull.number}-{tip}"
        if ref not in hub.state.refs and hub.bare.merged_tree(tip, pull.head) is None:
            dequeue(hub, pull, QUEUE)
            return build_groups(hub, method)
        known = hub.state.refs.get(ref)
        tip = known or _commits(hub, pull, tip, QUEUE, method, None, None)
        refs[ref] = made[pull.number] = tip
    now = {ref: sha for ref, sha in hub.state.refs.items() if ref.startswith(f"{GROUPS}/")}
    changes = [(ref, refs.get(ref), now.get(ref)) for ref in sorted({*refs, *now})]
    if any(new != old for _, new, old in changes):
        hub.move([change for change in changes if change[1] != change[2]], QUEUE)
    return made


def run_queue(hub: Hub, method: str = "merge") -> list[int]:
    """The queue merges what its checks allow by now, throws out what they refuse, and waits for the others."""
    done: list[int] = []
    while queue := _queue(hub):
        first = queue[0]
        group = build_groups(hub, method).get(first.number)
        if group is None:
            continue  # it conflicted
        states = {check_state(hub, group, *check) for check in hub.rules.checks}
        if "failure" not in states and states & {"pending", "expected"}:
            break
        if blockers(hub, first, queue=False, group=group):
            dequeue(hub, first, QUEUE)
        else:
            land(hub, first, QUEUE, made=group)
            done.append(first.number)
    build_groups(hub, method)
    return done


def _queue(hub: Hub) -> list[Pull]:
    return sorted((p for p in hub.state.pulls() if p.queued), key=lambda pull: pull.queued or pull.at)


# The Revert button


def revert(hub: Hub, pull: Pull, by: str, *, draft: bool = False) -> Pull:
    """A new branch and a new pull request that undo a merged one."""
    if not pull.merged or pull.merge_commit is None:
        raise Refused(422, "Pull request is not merged")
    if not hub.may(by, "write"):
        raise Refused(403, "Must have write access.", kind="FORBIDDEN")
    merged, base = hub.bare.commit(pull.merge_commit), hub.head(pull.base_ref)
    tree = hub.bare.merged_tree(base, merged.parents[0], base=merged.sha)
    if tree is None:
        raise Refused(422, "This pull request cannot be reverted automatically.")
    undone = (
        f"This reverts commit {merged.sha}, reversing\nchanges made to {merged.parents[0]}."
        if len(merged.parents) > 1
        else f"This reverts commit {merged.sha}."
    )
    title = f'Revert "{pull.title}"'
    who = hub.signed(by)
    commit = hub.bare.write_commit(
        tree, [base], f"{title}\n\n{undone}", author=who, committer=hub.web(), sign=True
    )
    branch = f"revert-{pull.number}-{pull.head_ref}"
    hub.create_ref(f"refs/heads/{branch}", commit, by)
    body = f"Reverts {hub.full_name}#{pull.number}"
    return hub.open_pull(by, head=branch, title=title, body=body, draft=draft)
