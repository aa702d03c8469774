"""Refs: their names, what they are at, and the one door through which all of them change."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from promoter.errors import RepoError
from promoter.repo.objects import Objects
from promoter.repo.process import Conversation, EndedError, Git, GitError

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ANSWERS = [b"start: ok\n", b"prepare: ok\n", b"commit: ok\n"]
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)")
_LOCK_TRIES = 5
_LOCK_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class RefChange:
    """One ref from `old` to `new`; None means that it is absent before, or deleted."""

    ref: str
    new: str | None
    old: str | None


@dataclass(frozen=True, slots=True)
class Ref:
    """What a ref is at: an object of some kind; `symbolic` names the ref that it only points to."""

    name: str
    sha: str
    kind: str
    symbolic: str = ""


def ref_problem(ref: str) -> str | None:
    """Why git would refuse this as a full ref name, or None (the rules of git check-ref-format)."""
    if not ref.startswith("refs/") or ref.endswith(("/", ".")):
        return "it is no full ref name"
    if _FORBIDDEN.search(ref) or any("\ud800" <= char <= "\udfff" for char in ref):
        return "it has characters that git allows in no ref"
    if any(part.startswith(("-", ".")) for part in ref.split("/")):
        return "a part of it starts with a dash or a dot"
    return None


def safe_ref(ref: str) -> str:
    """The ref name itself. Raises RepoError where it is none."""
    problem = ref_problem(ref)
    if problem:
        raise RepoError(f"{ref!r} cannot be a ref: {problem}")
    return ref


def branch_ref(branch: str) -> str:
    """`main` → `refs/heads/main`. Raises RepoError where no branch can be called that."""
    if ref_problem(f"refs/heads/{branch}") or branch in ("HEAD", "@"):
        raise RepoError(f"no branch can be called {branch!r}")
    return f"refs/heads/{branch}"


@dataclass(slots=True)
class Refs:
    """The refs of one repository. Changing them keeps one `update-ref` process for the whole tick."""

    git: Git
    objects: Objects
    _writer: Conversation | None = field(default=None, init=False)

    def list(self, *prefixes: str) -> Mapping[str, Ref]:
        """Every ref at or under these prefixes, in one process."""
        shape = "%(refname)%00%(objectname)%00%(objecttype)%00%(symref)"
        out = self.git.run("for-each-ref", f"--format={shape}", *map(safe_ref, prefixes))
        rows = (line.split("\0") for line in out.decode("utf-8", "replace").splitlines())
        return {name: Ref(name, sha, kind, symbolic) for name, sha, kind, symbolic in rows}

    def resolve(self, ref: str) -> str | None:
        """The commit a ref is at now; None where it does not exist."""
        found = self.objects.read_one(safe_ref(ref))
        return found.sha if found else None

    def update(self, changes: Sequence[RefChange]) -> bool:
        """See `update_refs`."""
        lines = _transaction(changes)
        for attempt in range(_LOCK_TRIES):
            refused = self._transact(lines)
            if refused is None:
                return True
            if any(self.resolve(change.ref) != change.old for change in changes):
                return False
            if "File exists" not in refused.stderr or attempt + 1 == _LOCK_TRIES:
                raise _explained(refused)
            time.sleep(_LOCK_PAUSE_SECONDS * (attempt + 1))
        return False

    def _transact(self, lines: bytes) -> GitError | None:
        """What went wrong, or None. Git keeps the process for the next transaction until one fails."""
        if self._writer is None:
            # The log of a ref says who moved it, whatever identity the user has configured.
            identity = {"GIT_COMMITTER_NAME": "promoter", "GIT_COMMITTER_EMAIL": "promoter@localhost"}
            words = ("update-ref", "-m", "promoter", "--stdin", "-z")
            self._writer = Conversation(self.git, *words, environ=identity)
        try:
            self._writer.send(lines)
            said = [self._writer.line() for _ in _ANSWERS]
        except EndedError as error:
            self._writer = None
            return GitError("update-ref", error.status, error.stderr)
        if said != _ANSWERS:
            raise RepoError(f"git update-ref said {said!r}")
        return None


def update_refs(refs: Refs, changes: Sequence[RefChange]) -> bool:
    """Make all these changes, or none: False where any ref is no longer at its `old`.

    Every ref change of this program goes through here. Raises RepoError where git refuses for another reason,
    such as a ref in the way or a stale lock.
    """
    return refs.update(changes)


def _transaction(changes: Sequence[RefChange]) -> bytes:
    absent = "0" * max(len(sha or "") for change in changes for sha in (change.new, change.old))
    words = ["start"]
    for change in changes:
        ref = safe_ref(change.ref)
        for sha in (change.new, change.old):
            if sha is not None and not _SHA.fullmatch(sha):
                raise ValueError(f"{sha!r} is no commit for {ref}")
        if change.new == change.old:
            words += [f"verify {ref}", change.old or absent]
            continue
        words.append("option no-deref")  # a symbolic ref in our place must not lead us to another branch
        if change.new is None:
            words += [f"delete {ref}", change.old or absent]
        else:
            words += [f"update {ref}", change.new, change.old or absent]
    words += ["prepare", "commit"]
    return "".join(f"{word}\0" for word in words).encode()


def _explained(failed: GitError) -> RepoError:
    if "File exists" in failed.stderr:
        hint = "another git process holds it; if none runs, remove the .lock file that git names"
        return RepoError(str(failed), hint=hint)
    if "; cannot create" in failed.stderr:
        return RepoError(str(failed), hint="rename the branch that is in the way")
    return failed
