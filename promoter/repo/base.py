"""The repository as a tick sees it: base pinned at one commit, files and history read from objects."""

from __future__ import annotations

import getpass
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from promoter.errors import Problem, RepoError, Where
from promoter.repo import clone, log, work_tree
from promoter.repo.branches import BaseRef, choose_base
from promoter.repo.objects import MAX_BYTES, Object, Objects
from promoter.repo.paths import directory_parts, path_problem
from promoter.repo.process import Git, GitError, forget_caller
from promoter.repo.refs import Refs
from promoter.repo.trees import DIRECTORY, SYMLINK, Entry, kind_of

__all__ = ["BaseRef", "Repository"]

_FSCK = "see git fsck"


@dataclass(frozen=True, slots=True)
class Repository:
    """One clone. `root` is its work tree, None where it is bare."""

    git: Git
    objects: Objects
    refs: Refs
    root: Path | None
    shallow: bool

    @classmethod
    def open(cls, path: Path | str, environ: Mapping[str, str] | None = None) -> Repository:
        """The repository that `path` is in, bare ones too. Raises RepoError where there is none to be used.

        `environ` is what git needs to reach the remote.
        """
        forget_caller()
        place = Path(path)
        if not place.is_dir():
            what = "is no directory" if place.exists() else "does not exist"
            raise RepoError(f"{place} {what}", hint="name a Git repository with --repo")
        asked = (
            "--absolute-git-dir",
            "--git-path=objects",
            "--is-bare-repository",
            "--is-shallow-repository",
        )
        words = (*asked, "--is-inside-work-tree", "--show-object-format", "--show-cdup")
        git = Git(place, environ or {})
        status, out, err = git.ask("rev-parse", *(word for item in words for word in item.split("=")))
        if status:
            raise _unusable(place, GitError("rev-parse", status, err))
        lines = out.decode("utf-8", "surrogateescape").splitlines()
        if len(lines) == len(words) - 1:
            lines.append("")  # no --show-cdup outside of a work tree
        if len(lines) != len(words):
            raise RepoError(f"{place}: a path with a line break in it cannot be used")
        _, objects, bare, shallow, inside, hashing, up = lines
        if bare != "true" and inside != "true":
            raise RepoError(f"{place} is inside of .git", hint="name the work tree")
        root = (place / up).resolve() if inside == "true" else None
        store = Objects(
            git := Git(root or place.resolve(), environ or {}), (place / objects).resolve(), hashing
        )
        return cls(git, store, Refs(git, store), root, shallow == "true")

    def base(self, name: str | None = None) -> BaseRef:
        """Base, pinned at its present commit: the named branch, or the default one.

        That is the remote's default branch, else the branch that is checked out, else init.defaultBranch,
        main or master. Raises RepoError for an unknown or unborn one.
        """
        return choose_base(self.git, self.refs, name)

    def commit(self, revision: str) -> str:
        """The commit that a human's revision means. Raises RepoError where there is none."""
        wanted = f"{revision}^{{commit}}"
        status, out, _ = self.git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
        if status:
            raise RepoError(f"there is no commit {revision!r} here", hint="name a branch, a tag or a commit")
        return out.decode().strip()

    def ensure_complete(self) -> None:
        """Fetch what a shallow clone lacks. Raises RepoError where that cannot be done: never a cut history."""
        if not self.shallow or not clone.is_shallow(self.git):
            return
        names = clone.remotes(self.git)
        clone.deepen(self.git, "origin" if "origin" in names else next(iter(names), None))

    def read_files(self, commit: str, paths: Iterable[str]) -> Mapping[str, bytes | Problem]:
        """Each path's contents at a commit, or why it has none. Regular files only; no link is followed."""
        found: dict[str, bytes | Problem] = {}
        asked = {path: path_problem(path) for path in paths}
        found |= {path: Problem(problem, Where(path)) for path, problem in asked.items() if problem}
        good = [path for path, problem in asked.items() if problem is None]
        entries = self.objects.find(self.objects.root(commit), good)
        files = {path: entry for path, entry in entries.items() if entry is not None and entry.is_file}
        self._prefetch(entry.sha for entry in files.values())
        blobs = dict(zip(files, self.objects.read([e.sha for e in files.values()]), strict=True))
        for path in good:
            found[path] = _content(path, entries[path], blobs.get(path))
        return found

    def list_files(
        self, commit: str, directory: str, suffixes: Sequence[str], *, needed: bool = True
    ) -> tuple[str, ...]:
        """The files in and below a directory at a commit whose names end so, sorted; links are listed too.

        Raises RepoError where there is no such directory; an absent one that is not `needed` is empty.
        """
        parts = directory_parts(directory)
        sha = self.objects.root(commit)
        if parts:
            entry = self.objects.find(sha, ["/".join(parts)])["/".join(parts)]
            if entry is None and not needed:
                return ()
            if entry is None or entry.mode != DIRECTORY:
                told = f": it {kind_of(entry)}" if entry else ""
                hint = "name it with --policies, or commit it"
                raise RepoError(f"there is no directory {'/'.join(parts)} on base{told}", hint=hint)
            sha = entry.sha
        entries = self.objects.below(sha, "/".join(parts)).items()
        found = (path for path, entry in entries if entry.is_file or entry.mode == SYMLINK)
        return tuple(sorted(path for path in found if path.endswith(tuple(suffixes))))

    def work_tree_files(
        self, directory: str, suffixes: Sequence[str]
    ) -> Mapping[str, bytes | Problem] | None:
        """The same files as the work tree has them, with their contents.

        None in a bare repository and where the work tree has no such directory. Raises RepoError where a
        symbolic link stands in its place.
        """
        return None if self.root is None else work_tree.read_directory(self.root, directory, suffixes)

    def history(self, commit: str, paths: Iterable[str]) -> tuple[log.Change, ...]:
        """Every first-parent commit that changed one of these files, oldest first; see `log.history`."""
        return log.history(self.git, commit, paths)

    def read_blobs(self, shas: Collection[str]) -> Mapping[str, bytes]:
        """The contents of these blobs; those too large for a manifest are left out.

        Raises RepoError where one is missing or damaged: history is never silently cut.
        """
        self._prefetch(shas)
        wanted = sorted(shas)
        found: dict[str, bytes] = {}
        for sha, blob in zip(wanted, self.objects.read(wanted), strict=True):
            if blob is None:
                raise RepoError(f"the object {sha} of base's history is missing or damaged", hint=_FSCK)
            if blob.data is not None:
                found[sha] = blob.data
        return found

    def user_identity(self) -> str:
        """The name of the human at work: git's user.name, else the name they are logged in with."""
        status, out, _ = self.git.ask("var", "GIT_AUTHOR_IDENT")
        if status == 0:
            name = out.decode("utf-8", "replace").rsplit(" <", 1)[0].strip()
            if name:
                return name
        try:
            return getpass.getuser()
        except (OSError, KeyError):  # no such user in a container
            return "someone"

    def _prefetch(self, shas: Iterable[str]) -> None:
        clone.fetch_missing(self.git, self.objects.directory, shas)


def _content(path: str, entry: Entry | None, blob: Object | None) -> bytes | Problem:
    """A file's bytes, or why there are none."""
    where = Where(path)
    if entry is None:
        return Problem("there is no such file on base", where, "only what is committed there counts")
    if not entry.is_file:
        return Problem(f"{kind_of(entry)} on base", where, "promoter reads regular files only")
    if blob is None:
        return Problem(f"is missing or damaged in Git's objects ({entry.sha})", where, _FSCK)
    if blob.data is None:
        return Problem(f"is {blob.size:,} bytes; the limit is {MAX_BYTES:,}", where)
    return blob.data


def _unusable(place: Path, failed: GitError) -> RepoError:
    if "dubious ownership" in failed.stderr:
        hint = f"if you trust it: git config --global --add safe.directory {place.resolve()}"
        return RepoError(f"{place} belongs to another user, so git does not use it", hint=hint)
    if "not a git repository" in failed.stderr:
        return RepoError(f"{place} is no Git repository", hint="name one with --repo")
    return failed
