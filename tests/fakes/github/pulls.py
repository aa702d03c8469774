"""Pull requests: opening, drafts, reviews, mergeability."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes.github.core import ACTIONS, invalid
from tests.fakes.github.issues import Issues
from tests.fakes.github.state import Pull, Refused, Review


@dataclass
class Pulls(Issues):
    """Operations on pull requests."""

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
        where = f"refs/heads/{branch}" if repo == self.full_name else f"refs/forks/{owner}/heads/{branch}"
        target = base or self.base
        if by == ACTIONS and not self.settings.actions_may_propose:
            told = "GitHub Actions is not permitted to create or approve pull requests."
            raise Refused(403, told, kind="FORBIDDEN")
        if draft and not self.settings.drafts:
            told = "Draft pull requests are not supported in this repository."
            raise Refused(422, "Validation Failed", errors=[told])
        if where not in self.state.refs:
            raise invalid("PullRequest", "head", "invalid")
        if f"refs/heads/{target}" not in self.state.refs:
            raise invalid("PullRequest", "base", "invalid")
        self.fits(title, body, "PullRequest")
        if any(
            (pull.state, pull.head_repo, pull.head_ref, pull.base_ref) == ("open", repo, branch, target)
            for pull in self.state.pulls()
        ):
            told = f"A pull request already exists for {owner or self.owner}:{branch}."
            raise invalid("PullRequest", "", "custom", told)
        sha = self.state.refs[where]
        if self.bare.contains(self.head(target), sha):
            raise invalid("PullRequest", "", "custom", f"No commits between {target} and {branch}")
        self.wrote()
        pull = Pull(self.next_number(), self.id(), title, body, by, self.now(), self.now())
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
        self.end(pull, by)
        if pull.base_ref == self.base:
            self.close_by_words(pull.body, by, f"PR_{pull.number}")

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
