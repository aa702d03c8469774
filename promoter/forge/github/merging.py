"""Merging a proposal: only the head that was verified, only where GitHub's rules agree, never past them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from promoter.core.proposals import ProposalKind
from promoter.errors import ForgeError, PromoterError, RepoError
from promoter.forge.github.answers import Issue, Mergeable, Standing, read_answer
from promoter.forge.github.checked import Checked
from promoter.forge.github.desk import Desk
from promoter.forge.github.documents import ENQUEUE, MERGEABLE
from promoter.forge.github.fleet import Look, held_since
from promoter.forge.github.obstacles import (
    METHODS,
    is_computing,
    obstacle,
    refusal,
)
from promoter.forge.github.pulls import Pull
from promoter.forge.github.refusals import RefusedError, UnclearError
from promoter.forge.github.rest import MergedPull, Rule
from promoter.forge.protocol import HELD, Merged, MergeRequest, NotYet
from promoter.repo.clone import fetch_branch

_POLLS = (1.0, 2.0, 4.0)  # while GitHub computes whether it can be merged, seconds
_LATE = (0.5, 2.0)  # until what was merged can be fetched, seconds
_RULES = TypeAdapter(list[Rule])
_PAGE, _MOST_PAGES = 100, 10  # of rules


@dataclass(slots=True, kw_only=True)
class Merging:
    """Merges into base, and teaches the clone what came of it."""

    desk: Desk
    checked: Checked
    seen: Look | None = None  # what this tick has read before it decided
    _rules: list[Rule] | None = field(default=None, init=False)

    def merge(self, request: MergeRequest) -> Merged | NotYet:
        """Merge if the proposal's head is still the verified one and base has not moved."""
        branch = request.proposal.branch
        self.desk.api.begin(f"merge {branch}")
        found = self.desk.look(branch)
        pull, head = found.pull, found.head
        if pull is None or head is None or not pull.is_open or not pull.untouched:
            return NotYet("its branch is not what the bot made")
        if request.proposal.head != head.oid:
            return NotYet("its branch is not what the bot made")
        if self._base_now() != request.base:
            return NotYet("base moved meanwhile")
        try:
            parent = self.checked.parent(head, request)
        except RepoError as error:
            return NotYet(f"this clone does not know base: {error}")
        if parent is None:
            return NotYet("its content is not what base needs now")
        return self._merge(request, pull, head.oid)

    def _merge(self, request: MergeRequest, pull: Pull, head: str) -> Merged | NotYet:
        rules = self._active_rules()
        queue = any(rule.type == "merge_queue" for rule in rules)
        reason = self._obstacle(request, pull, head, queue=queue)
        if reason:
            return NotYet(reason)
        if queue:
            return self._enqueue(pull, head)
        method = self._method(rules)
        if method is None:
            return NotYet(
                "the repository allows no way to merge that its rules allow too (Settings, Pull Requests)"
            )
        sha = self._put(request, pull, head, method)
        if isinstance(sha, NotYet):
            return sha
        note = self._learn(sha, request)
        try:
            self.desk.move(pull.branch, None, head)
        except PromoterError as error:
            note = "; ".join(part for part in (note, f"its branch is still there: {error}") if part)
        return Merged(sha, note)

    def _put(self, request: MergeRequest, pull: Pull, head: str, method: str) -> str | NotYet:
        title, _, text = request.message.strip("\n").partition("\n")
        payload: dict[str, Any] = {"sha": head, "merge_method": method}
        if method != "rebase":
            payload |= {"commit_title": title, "commit_message": text.strip("\n")}
        number = pull.pull.number
        try:
            answer = self.desk.api.write(
                "PUT", f"/pulls/{number}/merge", payload, f"merge pull request {number}"
            )
        except RefusedError as error:
            words = refusal(error.answer)
            if words is None:
                raise
            return NotYet(words)
        except UnclearError as error:
            return self._after_silence(request, pull, error)
        merged = read_answer(
            MergedPull, {"state": "closed", "merge_commit_sha": None} | (answer or {}), "a merge"
        )
        sha = (answer or {}).get("sha")
        if not merged.merged or not isinstance(sha, str):
            return self._after_silence(request, pull, UnclearError("GitHub's answer does not say"))
        return sha

    def _after_silence(self, request: MergeRequest, pull: Pull, error: UnclearError) -> str | NotYet:
        """A merge without an answer is never sent again: what became of it is read."""
        number = pull.pull.number
        doing = f"see whether pull request {number} was merged"
        now = read_answer(MergedPull, self.desk.api.get(f"/pulls/{number}", doing), doing)
        if now.merged and now.merge_commit_sha:
            return now.merge_commit_sha
        if self._base_now() != request.base:
            return NotYet(f"{error}; base moved, and the next tick sees whether by this merge")
        return NotYet(f"{error}; it is not merged so far, and the next tick looks again")

    def _obstacle(self, request: MergeRequest, pull: Pull, head: str, *, queue: bool) -> str | None:
        """What stands in the way, after GitHub had a moment to compute it."""
        doing = f"see whether pull request {pull.pull.number} can be merged"
        now, standing = self._mergeable(pull, doing)
        for pause in _POLLS:
            if not is_computing(now):
                break
            self.desk.api.sleep(pause)
            now, standing = self._mergeable(pull, doing)
        proposal = request.proposal
        stoppable = proposal.kind is not ProposalKind.REVERT
        if stoppable and held_since(self.seen, self.desk.identity, proposal.rollout, standing):
            return HELD
        return obstacle(now, head, queue=queue)

    def _mergeable(self, pull: Pull, doing: str) -> tuple[Mergeable, tuple[Issue, ...]]:
        place = {**self.desk.api.place, "id": pull.pull.id, "bot": self.desk.identity.name}
        answer = self.desk.api.query(MERGEABLE, place, doing) or {}
        holds = read_answer(Standing, answer.get("repository"), doing)
        return read_answer(Mergeable, answer.get("node"), doing), holds.found

    def _active_rules(self) -> list[Rule]:
        """The rules of base, the organisation's too; read once a tick."""
        if self._rules is None:
            self._rules = self._read_rules()
        return self._rules

    def _read_rules(self) -> list[Rule]:
        doing = f"see the rules of {self.desk.base.branch}"
        path = f"/rules/branches/{_path(self.desk.base.branch)}?per_page={_PAGE}"
        found: list[Rule] = []
        for number in range(1, _MOST_PAGES + 1):
            try:
                page = _RULES.validate_python(self.desk.api.get(f"{path}&page={number}", doing))
            except ValidationError as error:
                raise ForgeError("GitHub's answer about the rules of base cannot be read") from error
            found += page
            if len(page) < _PAGE:
                return found
        raise ForgeError(f"{self.desk.base.branch} has more rules than the {len(found):,} that are read")

    def _method(self, rules: Collection[Rule]) -> str | None:
        """How to merge: the first way that both the settings and the rules allow."""
        facts = self.desk.facts
        allowed = {
            "merge": facts.merge_commit_allowed,
            "squash": facts.squash_merge_allowed,
            "rebase": facts.rebase_merge_allowed,
        }
        if any(rule.type == "required_linear_history" for rule in rules):
            allowed["merge"] = False
        lists = [(rule.parameters or {}).get("allowed_merge_methods") for rule in rules]
        for methods in [item for item in lists if isinstance(item, list)]:
            allowed = {name: may and name in methods for name, may in allowed.items()}
        return next((name for name in METHODS if allowed[name]), None)

    def _enqueue(self, pull: Pull, head: str) -> NotYet:
        doing = f"put pull request {pull.pull.number} into the merge queue"
        try:
            self.desk.api.mutate(ENQUEUE, {"pullRequestId": pull.pull.id, "expectedHeadOid": head}, doing)
        except RefusedError as error:
            return NotYet(f"the merge queue does not take it yet: {error}")
        except UnclearError as error:
            return NotYet(f"whether the merge queue took it is not clear: {error}")
        return NotYet("it is in the merge queue, which merges it once its checks pass")

    def _base_now(self) -> str:
        doing = f"see where {self.desk.base.branch} is"
        answer = self.desk.api.get(f"/git/ref/heads/{_path(self.desk.base.branch)}", doing)
        sha = ((answer or {}).get("object") or {}).get("sha")
        if not isinstance(sha, str):
            raise ForgeError(f"GitHub's answer about {self.desk.base.branch} cannot be read")
        return sha

    def _learn(self, sha: str, request: MergeRequest) -> str:
        """The clone fetches base, so that what follows in this tick builds on it. Returns what to tell."""
        try:
            for pause in (*_LATE, None):
                fetch_branch(self.desk.repo.git, self.desk.remote, self.desk.base.branch)
                if pause is None or self.desk.repo.objects.read_one(sha) is not None:
                    break
                self.desk.api.sleep(pause)
            right = self.checked.is_result(sha, request)
        except RepoError as error:
            return f"the clone has not fetched it: {error}"
        return "" if right else "base had moved by another commit just before"


def _path(branch: str) -> str:
    return quote(branch, safe="/")
