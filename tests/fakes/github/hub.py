"""One repository on the fake GitHub: what may be done to it, by whom, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.github.core import ACTIONS, BOT, Knobs
from tests.fakes.github.objects import Bare, Entry, RefMoved
from tests.fakes.github.pulls import Pulls
from tests.fakes.github.state import Pull, Refused, Status

STATUSES = 1_000  # of one commit and context
CI = "ci[bot]"
QUEUE = "github-merge-queue[bot]"
__all__ = ["ACTIONS", "BOT", "CI", "QUEUE", "Hub", "Knobs"]


@dataclass
class Hub(Pulls):
    """Everything: refs and what follows from their moves, statuses, commits through the API."""

    @classmethod
    def create(cls, place: Path, **changes: object) -> Hub:
        hub = cls(bare=Bare.create(place / "hub.git"), **changes)  # type: ignore[arg-type]
        for login, role, kind in (
            ("ada", "admin", "User"),
            ("grace", "write", "User"),
            ("tim", "triage", "User"),
            ("rita", "read", "User"),
            ("mallory", "none", "User"),
            (BOT, "write", "Bot"),
            (ACTIONS, "write", "Bot"),
            (CI, "write", "Bot"),
            (QUEUE, "write", "Bot"),
        ):
            hub.person(login, role, kind)
        return hub

    # Refs

    def guard_base(self, ref: str, by: str, signed: Iterable[bool] = ()) -> None:
        """Direct pushes to a protected base are refused."""
        if ref != f"refs/heads/{self.base}" or by in self.rules.bypass:
            return
        told = ""
        if self.rules.pull_request or self.rules.reviews or self.rules.merge_queue:
            told = "Changes must be made through a pull request."
        elif self.rules.checks:
            told = f'Required status check "{self.rules.checks[0][0]}" is expected.'
        elif self.rules.signatures and not all(signed):
            told = "Commits must have verified signatures."
        if told and self.rules.ruleset:
            raise Refused(422, f"Repository rule violations found\n\n{told}\n\n")
        if told:
            raise Refused(409, f"Could not update file: {told}")

    def create_ref(self, ref: str, sha: str, by: str) -> None:
        if not ref.startswith("refs/") or ref.count("/") < 2:
            raise Refused(422, "Reference name must start with 'refs/'.")
        if not self.bare.has(sha, "commit"):
            raise Refused(422, "Object does not exist")
        if self.bare.ask("check-ref-format", ref)[0] != 0:
            raise Refused(422, f"{ref} is not a valid ref name.")
        if ref in self.state.refs:
            raise Refused(422, "Reference already exists")
        if any(known.startswith(f"{ref}/") or ref.startswith(f"{known}/") for known in self.state.refs):
            raise Refused(422, "Reference update failed")
        self.move(((ref, sha, None),), by)

    def update_ref(self, ref: str, sha: str, by: str, *, force: bool) -> None:
        old = self.state.refs.get(ref)
        if old is None:
            raise Refused(422, "Reference does not exist")
        if not self.bare.has(sha, "commit"):
            raise Refused(422, "Object does not exist")
        if not force and not self.bare.contains(sha, old):
            raise Refused(422, "Update is not a fast forward")
        self.guard_base(ref, by, [self.bare.commit(sha).signed])
        self.move(((ref, sha, old),), by)

    def delete_ref(self, ref: str, by: str) -> None:
        old = self.state.refs.get(ref)
        if old is None:
            raise Refused(422, "Reference does not exist")
        self.guard_base(ref, by)
        self.move(((ref, None, old),), by)

    def move(self, changes: Iterable[tuple[str, str | None, str | None]], by: str) -> None:
        self.wrote()
        wanted = list(changes)
        gone = {(ref, new) for ref, new, _ in wanted if new is None}
        try:
            self.bare.update(wanted)
        except RefMoved as error:
            raise Refused(422, "Reference cannot be updated") from error
        refs = {**self.state.refs, **{ref: new for ref, new, _ in wanted if new}}
        self._follow({ref: sha for ref, sha in refs.items() if (ref, None) not in gone}, by)

    def sync(self, by: str) -> None:
        """Refs were moved by a push, past the API."""
        self._follow(self.bare.refs(), by)

    def _follow(self, refs: dict[str, str], by: str) -> None:
        """Refs moved: everything that follows on the pull requests."""
        before, self.state.refs = self.state.refs, refs
        for pull in self.state.pulls():
            where = f"refs/heads/{pull.head_ref}"
            if pull.head_repo != self.full_name or pull.state != "open":
                continue
            head = self.state.refs.get(where)
            if head == pull.head:
                continue
            if head is None:
                self.event(pull, "head_ref_deleted", by, name=pull.head_ref)
                self.end(pull, by)
                continue
            if not self.bare.contains(head, pull.head):
                self.event(pull, "head_ref_force_pushed", by, before=pull.head, after=head)
            pull.head, pull.pusher, pull.updated = head, by, self.now()
            if pull.queued:
                pull.queued = None
                self.event(pull, "removed_from_merge_queue", by, reason="head was pushed to")
            self._dismiss(pull)
        base = f"refs/heads/{self.base}"
        if before.get(base) != self.state.refs.get(base):
            self._merged_indirectly(by)
            self._close_by_commits(before.get(base), by)

    def _close_by_commits(self, before: str | None, by: str) -> None:
        for sha in self.bare.line(self.head(), f"^{before}") if before else ():
            self.close_by_words(self.bare.commit(sha).message, by, f"C_{sha}")

    def _dismiss(self, pull: Pull) -> None:
        for review in pull.reviews:
            if self.rules.dismiss_stale and review.state == "APPROVED":
                review.state = "DISMISSED"

    def _merged_indirectly(self, by: str) -> None:
        """A pull request is merged when its head reaches base, whoever brought it there."""
        base = self.head()
        for pull in self.state.pulls():
            if pull.state == "open" and pull.base_ref == self.base and self.bare.contains(base, pull.head):
                self.mark_merged(pull, by, pull.head)

    # Statuses

    def set_status(
        self, sha: str, by: str, *, state: str, context: str, description: str, target: str | None
    ) -> Status:
        if not self.bare.has(sha, "commit"):
            raise Refused(422, f"No commit found for SHA: {sha}")
        known = self.state.statuses.get(sha, [])
        if len([status for status in known if status.context == context]) >= STATUSES:
            told = "This SHA and context has reached the maximum number of statuses."
            raise Refused(422, "Validation Failed", errors=[told])
        if len(description) > 140:
            told = "description is too long (maximum is 140 characters)"
            problem = {"resource": "Status", "code": "custom", "field": "description", "message": told}
            raise Refused(422, "Validation Failed", errors=[problem])
        self.wrote()
        made = Status(self.id(), state, context, description, target, by, self.now())
        self.state.statuses.setdefault(sha, []).append(made)
        return made

    # A commit through the API

    def commit_files(
        self, parent: str, files: dict[str, bytes | None], message: str, *, by: str, sign: bool = True
    ) -> str:
        """A commit on `parent` that writes these files, modes kept."""
        tree = self.bare.commit(parent).tree
        changes: dict[str, Entry | None] = {}
        for path, data in files.items():
            known = self.bare.entry(tree, path)
            mode = known.mode if known and known.kind == "blob" else "100644"
            changes[path] = None if data is None else Entry(mode, "blob", self.bare.write("blob", data))
        return self.bare.write_commit(
            self.bare.tree_with(tree, changes),
            [parent],
            message,
            author=self.signed(by),
            committer=self.web(),
            sign=sign,
        )
