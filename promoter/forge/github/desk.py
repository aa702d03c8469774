"""What every part of the GitHub forge works with, and a branch as GitHub shows it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from promoter.errors import ForgeError
from promoter.forge.github.answers import Head, Issue, OneBranch, RepositoryFacts, read_answer
from promoter.forge.github.api import Api
from promoter.forge.github.documents import BRANCH, UPDATE_REFS
from promoter.forge.github.identity import Identity
from promoter.forge.github.pulls import Pull, newest, ours
from promoter.forge.github.refusals import RefusedError, UnclearError
from promoter.forge.github.settings import GitHubSettings
from promoter.proposal.evidence_json import digest as digest_of
from promoter.repo.base import BaseRef, Repository
from promoter.repo.refs import branch_ref

_NOTHING = "0" * 40
_MOST_PAGES = 20  # of ended pull requests from one branch's name: a thousand


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A branch now: its commit (None: deleted), and the bot's own pull request that counts.

    `standing` are the newest issues that may be holds, of any rollout.
    """

    head: Head | None
    pull: Pull | None
    standing: tuple[Issue, ...] = ()


@dataclass(slots=True, kw_only=True)
class Desk:
    """The API, the repository on both sides, and who the bot is."""

    api: Api
    identity: Identity
    facts: RepositoryFacts
    settings: GitHubSettings
    repo: Repository
    base: BaseRef
    remote: str
    _kept: set[str] = field(default_factory=set, init=False)
    _written: dict[str, Found] = field(default_factory=dict, init=False)

    def remember(self, found: Found) -> None:
        """What this run wrote itself: an answer that does not know of it yet is late."""
        if found.pull is not None:
            self._written[found.pull.branch] = found

    def look(self, branch: str) -> Found:
        """A branch and its pull request, read anew."""
        found, known = self._read(branch), self._written.get(branch)
        if known is None or known.pull is None:
            return found
        late = found.pull is None or found.pull.pull.number < known.pull.pull.number
        return replace(known, standing=found.standing) if late else found

    def _read(self, branch: str) -> Found:
        """One request; more only where forks have had many pull requests from branches of this name."""
        doing, after = f"read the branch {branch}", None
        for _ in range(_MOST_PAGES):
            place = {"branch": branch, "ref": branch_ref(branch), "base": self.base.branch, "after": after}
            variables = {**self.api.place, **place, "bot": self.identity.name}
            answer = self.api.query(BRANCH, variables, doing)
            page = read_answer(OneBranch, (answer or {}).get("repository"), doing)
            found, after = self._found(branch, page), page.ended.following
            if found.pull is not None or after is None:
                return found
        raise ForgeError(
            f"cannot {doing}: too many pull requests of others come from branches of this name",
            hint="is somebody flooding the repository? block them (their profile, Block or report)",
        )

    def _found(self, branch: str, page: OneBranch) -> Found:
        head = page.ref.target if page.ref else None
        heads: Mapping[str, Head] = {branch: head} if head else {}
        opened = page.ref.associated_pull_requests.found if page.ref else ()
        mine = ours(self.identity, self.base.branch, (*opened, *page.ended.found))
        return Found(head=head, pull=newest(mine, heads).get(branch), standing=page.found)

    def create(self, branch: str, commit: str) -> bool:
        """Make a branch, unless there is one. False where another run was faster."""
        payload = {"ref": branch_ref(branch), "sha": commit}
        try:
            self.api.write("POST", "/git/refs", payload, f"create the branch {branch}")
        except RefusedError as error:
            if "already exists" in error.answer.text:
                return False
            raise
        except UnclearError as error:
            return self._is_now(branch, commit, error)
        return True

    def move(self, branch: str, commit: str | None, old: str) -> bool:
        """Move a branch from `old` (None: delete it). False where it is not there any more."""
        update = {
            "name": branch_ref(branch),
            "beforeOid": old,
            "afterOid": commit or _NOTHING,
            "force": True,
        }
        doing = f"{'move' if commit else 'delete'} the branch {branch}"
        payload = {"repositoryId": self.facts.id, "refUpdates": [update]}
        try:
            self.api.mutate(UPDATE_REFS, payload, doing)
        except RefusedError:
            head = self.look(branch).head
            if (head.oid if head else None) == old:
                raise  # nobody was faster: it is not allowed
            return (head.oid if head else None) == commit
        except UnclearError as error:
            return self._is_now(branch, commit, error)
        return True

    def _is_now(self, branch: str, commit: str | None, error: UnclearError) -> bool:
        """After a write without an answer: what came of it."""
        head = self.look(branch).head
        now = head.oid if head else None
        if now == commit:
            return True
        if now is None:
            hint = "the next tick looks again"
            raise ForgeError(f"it is not clear what became of {branch}: {error}", hint=hint) from error
        return False

    def keep(self, evidence: str) -> None:
        """Leave an evidence as a file, where a directory for it is named."""
        if not evidence or not self.settings.evidence:
            return
        digest = digest_of(evidence)
        if digest in self._kept:
            return
        place = Path(self.settings.evidence)
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / f"evidence-{digest[:12]}.json").write_text(evidence, encoding="utf-8", errors="replace")
        except OSError as error:
            raise ForgeError(
                f"the evidence cannot be kept in PROMOTER_EVIDENCE_DIR: {error.strerror}",
                hint="name a directory that can be written",
            ) from error
        self._kept.add(digest)
