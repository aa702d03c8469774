"""Refs: their names, what they are at, and the one door through which all of them change."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from promoter.errors import RepoError
from promoter.repo.objects import Objects
from promoter.repo.process import Git, GitFailed

_SHA = re.compile(r"[0-9a-f]{40}")
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
    _writer: _Writer | None = field(default=None, init=False)

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
        """Make all these changes, or none: False where any ref is no longer at its `old`.

        Every ref change of this program goes through here. Raises RepoError where git refuses for another
        reason, such as a ref in the way or a stale lock.
        """
        lines = _transaction(changes)
        for attempt in range(_LOCK_TRIES):
            failed = self._transact(lines)
            if failed is None:
                return True
            if any(self.resolve(change.ref) != change.old for change in changes):
                return False
            if "File exists" not in failed.stderr:
                break
            time.sleep(_LOCK_PAUSE_SECONDS * (attempt + 1))
        raise _refused(failed)

    def _transact(self, lines: bytes) -> GitFailed | None:
        if self._writer is None:
            self._writer = _Writer(self.git)
        failed = self._writer.commit(lines)
        if failed is not None:
            self._writer = None
        return failed


class _Writer:
    """A `git update-ref --stdin` that takes one transaction after the other, until one fails."""

    def __init__(self, git: Git) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        # The log of a ref says who moved it, whatever identity the user has configured.
        identity = {"GIT_COMMITTER_NAME": "promoter", "GIT_COMMITTER_EMAIL": "promoter@localhost"}
        self._process = git.start(
            "update-ref", "-m", "promoter", "--stdin", "-z", stderr=self._errors, environ=identity
        )

    def commit(self, lines: bytes) -> GitFailed | None:
        """What went wrong, or None."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes
        assert stdout is not None  # noqa: S101
        try:
            stdin.write(lines)
            stdin.flush()
        except BrokenPipeError:
            pass
        else:
            said = [stdout.readline() for _ in range(3)]
            if said == [b"start: ok\n", b"prepare: ok\n", b"commit: ok\n"]:
                return None
        self._end()
        self._errors.seek(0)
        with self._errors:
            return GitFailed("update-ref", self._process.returncode, self._errors.read())

    def _end(self) -> None:
        """Close the pipes: an open transaction is given up."""
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except BrokenPipeError:
                continue
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __del__(self) -> None:
        if self._process.returncode is None:
            self._end()
        self._errors.close()


def _transaction(changes: Iterable[RefChange]) -> bytes:
    words = ["start"]
    for change in changes:
        ref = safe_ref(change.ref)
        for sha in (change.new, change.old):
            if sha is not None and not _SHA.fullmatch(sha):
                raise ValueError(f"{sha!r} is no commit for {ref}")
        words.append("option no-deref")  # a symbolic ref in our place must not lead us to another branch
        match change.new, change.old:
            case None, None:
                raise ValueError(f"nothing to do for {ref}")
            case None, str(old):
                words += [f"delete {ref}", old]
            case str(new), None:
                words += [f"create {ref}", new]
            case new, old if new == old:
                words.pop()
                words += [f"verify {ref}", str(old)]
            case str(new), str(old):
                words += [f"update {ref}", new, old]
    words += ["prepare", "commit"]
    return "".join(f"{word}\0" for word in words).encode()


def _refused(failed: GitFailed) -> RepoError:
    if "File exists" in failed.stderr:
        hint = "another git process holds it; if none runs, remove the .lock file that git names"
        return RepoError(str(failed), hint=hint)
    if "; cannot create" in failed.stderr:
        return RepoError(str(failed), hint="rename the branch that is in the way")
    return failed
