"""A repository pinned at base: what is on the branch that Argo CD or Flux follows."""

from __future__ import annotations

import difflib
import getpass
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from git import Repo
from git.exc import GitError, InvalidGitRepositoryError, NoSuchPathError

from promoter.errors import Problem, RepoError, Where
from promoter.repo.git import Git, forget_caller
from promoter.repo.log import Change, read_log
from promoter.repo.objects import Entry, list_tree, read_blobs
from promoter.repo.paths import safe_branch, safe_path

MAX_FILE = 1_000_000  # bytes of a policy or manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRef:
    """Base, pinned: the branch's name, the ref it was read from, and its commit.

    `behind` counts the commits that `upstream` has and this ref lacks.
    """

    branch: str
    ref: str
    commit: str
    upstream: str = ""
    behind: int = 0


class Repository:
    """One Git repository, read through objects at pinned commits."""

    def __init__(self, git: Git, work_tree: Path | None, git_dir: Path) -> None:
        self.git = git
        self.work_tree = work_tree
        self.git_dir = git_dir

    @classmethod
    def open(cls, path: Path) -> Repository:
        """The repository at or above `path`. Raises RepoError where there is none that can be read."""
        forget_caller()
        try:
            repo = Repo(path, search_parent_directories=True)
        except NoSuchPathError as error:
            raise RepoError(f"{path} does not exist") from error
        except InvalidGitRepositoryError as error:
            raise RepoError(f"{path} is no Git repository", hint="name one with --repo") from error
        except (GitError, OSError, ValueError) as error:
            raise RepoError(f"{path} cannot be read as a Git repository") from error
        work_tree = Path(repo.working_tree_dir) if repo.working_tree_dir else None
        git_dir = Path(repo.git_dir)
        repo.close()
        git = Git(work_tree or git_dir)
        git.run("rev-parse", "--git-dir")  # git itself may refuse: dubious ownership, a newer format
        return cls(git, work_tree, git_dir)

    def base(self, name: str | None = None) -> BaseRef:
        """Base at this moment. Raises RepoError for an unknown branch or an empty repository."""
        refs = self._refs("refs/heads/", "refs/remotes/")
        branch = safe_branch(name) if name else self._default(refs)
        local = f"refs/heads/{branch}"
        remotes = [ref for ref in refs if ref.startswith("refs/remotes/") and ref.endswith(f"/{branch}")]
        upstream = next((ref for ref in remotes if ref == f"refs/remotes/origin/{branch}"), "")
        if local in refs:
            return self._pinned(branch, local, refs, upstream)
        if upstream:
            return BaseRef(branch=branch, ref=upstream, commit=refs[upstream])
        known = sorted(ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/"))
        if not known and not remotes:
            raise RepoError("the repository has no commits yet", hint="commit a manifest and a policy first")
        close = difflib.get_close_matches(branch, known, 1) or known[:5]
        raise RepoError(f"there is no branch {branch!r}", hint=f"here: {', '.join(close)}")

    def _pinned(self, branch: str, local: str, refs: Mapping[str, str], upstream: str) -> BaseRef:
        behind = 0
        if upstream and refs[upstream] != refs[local]:
            behind = int(self.git.text("rev-list", "--count", f"{refs[local]}..{refs[upstream]}"))
        short = upstream.removeprefix("refs/remotes/")
        return BaseRef(branch=branch, ref=local, commit=refs[local], upstream=short, behind=behind)

    def _default(self, refs: Mapping[str, str]) -> str:
        head = self.git.text("symbolic-ref", "-q", "refs/remotes/origin/HEAD", check=False)
        if head:
            return safe_branch(head.removeprefix("refs/remotes/origin/"))
        current = self.git.text("symbolic-ref", "-q", "HEAD", check=False)
        if current.startswith("refs/heads/"):
            return safe_branch(current.removeprefix("refs/heads/"))
        known = [name for name in ("main", "master") if f"refs/heads/{name}" in refs]
        if not known:
            raise RepoError(
                "which branch is base cannot be told from a detached HEAD", hint="name it with --base"
            )
        return known[0]

    def _refs(self, *prefixes: str) -> dict[str, str]:
        lines = self.git.lines("for-each-ref", "--format=%(objectname) %(refname)", *prefixes)
        return {ref: sha for sha, ref in (line.split(" ", 1) for line in lines)}

    def refs(self, *prefixes: str) -> Mapping[str, str]:
        """Every ref below these prefixes and the object it names: one process."""
        return self._refs(*prefixes)

    def ensure_complete(self) -> None:
        """Deepen a shallow clone from its remote. Raises RepoError where history stays cut."""
        if self.git.text("rev-parse", "--is-shallow-repository") != "true":
            return
        hint = "run git fetch --unshallow (actions/checkout: fetch-depth: 0)"
        remotes = self.git.lines("remote")
        if not remotes:
            raise RepoError(
                "this clone is shallow: its history is cut and rollbacks could be missed", hint=hint
            )
        remote = "origin" if "origin" in remotes else remotes[0]
        done = self.git.run("fetch", "--quiet", "--unshallow", "--no-tags", "--", remote, check=False)
        if done.code or self.git.text("rev-parse", "--is-shallow-repository") == "true":
            raise RepoError(f"this clone is shallow and could not be deepened from {remote}", hint=hint)

    def read_files(self, commit: str, paths: Iterable[str]) -> Mapping[str, bytes | Problem]:
        """Regular files at a commit; a Problem for each path that is none."""
        wanted = [safe_path(path) for path in paths]
        entries = self._entries(commit, wanted)
        good = {path: entry for path, entry in entries.items() if entry.regular and entry.size <= MAX_FILE}
        blobs = read_blobs(self.git, {entry.sha for entry in good.values()})
        found: dict[str, bytes | Problem] = {}
        for path in wanted:
            if path in good:
                found[path] = blobs[good[path].sha]
            else:
                found[path] = Problem(_why_not(entries.get(path)), Where(path), "only what is on base counts")
        return found

    def _entries(self, commit: str, paths: Sequence[str]) -> dict[str, Entry]:
        folders = sorted({path.rpartition("/")[0] for path in paths})
        listed = {entry.path: entry for entry in list_tree(self.git, commit, folders)}
        return {path: listed[path] for path in paths if path in listed}

    def list_files(
        self, commit: str, directory: str, suffixes: tuple[str, ...], *, needed: bool = True
    ) -> tuple[str, ...]:
        """The files at or below a directory at a commit, by suffix. RepoError where it is `needed` and not there."""
        folder = _folder(directory)
        entries = list_tree(self.git, commit, [folder], recursive=True)
        if folder and not entries and needed:
            raise RepoError(
                f"there is no directory {folder} on base", hint="name it with --policies, or commit it"
            )
        return tuple(sorted(entry.path for entry in entries if entry.path.endswith(suffixes)))

    def work_tree_files(
        self, directory: str, suffixes: tuple[str, ...]
    ) -> Mapping[str, bytes | Problem] | None:
        """The files of the work tree as they are now; None in a bare repository or without the directory."""
        folder = _folder(directory)
        if self.work_tree is None or not (self.work_tree / folder).is_dir():
            return None
        root = self.work_tree.resolve()
        found: dict[str, bytes | Problem] = {}
        for file in sorted((self.work_tree / folder).rglob("*")):
            if not file.name.endswith(suffixes) or file.is_dir():
                continue
            path = file.relative_to(self.work_tree).as_posix()
            try:
                inside = file.resolve().is_relative_to(root)
                found[path] = file.read_bytes() if inside else Problem("leaves the repository", Where(path))
            except OSError as error:
                found[path] = Problem(f"cannot be read: {error.strerror}", Where(path))
        return found

    def history(self, commit: str, paths: Sequence[str]) -> tuple[Change, ...]:
        """First-parent commits up to `commit` that touched one of `paths`, oldest first."""
        return read_log(self.git, commit, [safe_path(path) for path in paths])

    def read_blobs(self, shas: Collection[str]) -> Mapping[str, bytes]:
        """The contents of these blobs: one process."""
        return read_blobs(self.git, shas)

    def user_identity(self) -> str:
        """The human at the keyboard: git's user.name, else the login name."""
        name = self.git.text("config", "user.name", check=False)
        if name:
            return name
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            return os.environ.get("USER", "someone")


def _folder(directory: str) -> str:
    """A directory of the repository, "" for its root. Raises RepoError for one outside."""
    inside = directory.removeprefix("./").rstrip("/") if directory != "/" else directory
    return safe_path(inside) if inside not in ("", ".") else ""


def _why_not(entry: Entry | None) -> str:
    if entry is None:
        return "there is no such file on base"
    if entry.mode == "120000":
        return "is a symbolic link"
    if entry.mode == "160000":
        return "is a submodule"
    if entry.mode == "040000":
        return "is a directory"
    return f"is {entry.size:,} bytes; the limit is {MAX_FILE:,}"
