"""First-parent history: which commits changed which files, and what the files were after each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from promoter.core.history import Commit
from promoter.errors import RepoError
from promoter.repo.paths import path_problem, safe_path
from promoter.repo.process import Git
from promoter.repo.trees import FILES

# One commit: sha, first parents, committer's time, author, email, subject, trailers (a line each).
_FORMAT = "tformat:%H%x00%P%x00%ct%x00%an%x00%ae%x00%s%x00%(trailers:only,unfold)"
_FIELDS = 7
_LOG = (
    "log",
    "--stdin",
    "--first-parent",
    "--diff-merges=first-parent",  # not -m, which log.diffMerges in somebody's configuration may switch off
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-color",
    "--no-notes",
    "--no-show-signature",
    "--no-ext-diff",
    "--encoding=UTF-8",
    "-O/dev/null",
    f"--format={_FORMAT}",
)
_MOST_PATHSPECS = 24  # git compares every changed file with every one of them
_ROUNDS = 8  # a file that was renamed more often than that starts its memory there
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One commit that touched some of the asked files.

    `position` counts along the first-parent line and orders commits, whatever their dates say. `blobs` maps
    an asked path to its blob after the commit; None where it is no regular file then.
    """

    commit: Commit
    position: int
    blobs: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class _Touch:
    """What one commit did to one file."""

    position: int
    added: bool
    blob: str | None


@dataclass(frozen=True, slots=True)
class _Logged:
    """One commit of the log with the files it touched."""

    commit: Commit
    parent: str | None
    touched: Mapping[str, tuple[bool, str | None]]  # path -> (added, blob)


def history(git: Git, commit: str, paths: Iterable[str]) -> tuple[Change, ...]:
    """Every commit on the first-parent line of `commit` that changed one of these files, oldest first.

    A merge counts as one change: what it brought over its first parent. A file that was renamed (or moved
    and edited a little) keeps the history of its old name. Two processes, one more a round of renames.
    """
    asked = tuple(dict.fromkeys(map(safe_path, paths)))
    if not asked:
        return ()
    names: set[str] = set(asked)
    logged, renames = _log(git, commit, names), {}
    for _ in range(_ROUNDS):
        renames = _renames(git, logged, names)
        if set(renames.values()) <= names:
            break
        names |= set(renames.values())
        logged = _log(git, commit, names)
    return _changes(logged, asked, renames)


def first_parents(git: Git, commit: str) -> frozenset[str]:
    """Every commit on the first-parent line of `commit`, itself included."""
    return frozenset(git.run("rev-list", "--first-parent", commit).decode("ascii").split())


def _changes(
    logged: Collection[_Logged], asked: Iterable[str], renames: Mapping[tuple[str, str], str]
) -> tuple[Change, ...]:
    touches: dict[str, list[_Touch]] = {}
    for position, item in enumerate(logged):
        for path, (added, blob) in item.touched.items():
            touches.setdefault(path, []).append(_Touch(position, added, blob))
    commits = [item.commit for item in logged]
    blobs: dict[int, dict[str, str | None]] = {}
    for path in asked:
        for touch in _follow(path, touches, commits, renames):
            blobs.setdefault(touch.position, {})[path] = touch.blob
    return tuple(
        Change(commit=commits[position], position=position, blobs=blobs[position])
        for position in sorted(blobs)
    )


def _follow(
    path: str,
    touches: Mapping[str, list[_Touch]],
    commits: list[Commit],
    renames: Mapping[tuple[str, str], str],
) -> Iterator[_Touch]:
    """One file's changes from the newest back, going on under its old name where a commit renamed it."""
    name: str | None = path
    before = len(commits)
    while name is not None:
        following = None
        for touch in reversed(touches.get(name, [])):
            if touch.position >= before:
                continue
            yield touch
            following = renames.get((commits[touch.position].sha, name)) if touch.added else None
            if following:
                before = touch.position
                break
        name = following


def _log(git: Git, commit: str, names: Collection[str]) -> list[_Logged]:
    """The commits that touched these names, oldest first."""
    asked = "\n".join([commit, "--", *_pathspecs(names)]) + "\n"
    fields = git.run(*_LOG, stdin=asked.encode()).split(b"\0")
    logged: list[_Logged] = []
    place = 0  # the last field is empty: the output ends with a NUL
    while fields[place]:
        sha, parents, when, author, email, subject, trailers = fields[place : place + _FIELDS]
        place += _FIELDS
        touched: dict[str, tuple[bool, str | None]] = {}
        while fields[place].lstrip(b"\n").startswith(b":"):
            path = fields[place + 1].decode("utf-8", "replace")
            if path in names:
                touched[path] = _raw(fields[place])
            place += 2
        if touched:
            parent = parents.split(b" ")[0].decode("ascii") or None
            head = _commit(sha, when, author, email, subject, trailers)
            logged.append(_Logged(head, parent, touched))
    logged.reverse()
    return logged


def _raw(line: bytes) -> tuple[bool, str | None]:
    """`:old-mode mode old-sha sha status` → (added, blob)."""
    _, mode, _, sha, status = line.lstrip(b"\n").decode("ascii").split(" ")
    return status == "A", sha if mode in FILES else None


def _commit(sha: bytes, when: bytes, author: bytes, email: bytes, subject: bytes, trailers: bytes) -> Commit:
    lines = trailers.decode("utf-8", "replace").split("\n")
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return Commit(
        sha=sha.decode("ascii"),
        when=_moment(int(when)),
        author=author.decode("utf-8", "replace"),
        email=email.decode("utf-8", "replace"),
        subject=subject.decode("utf-8", "replace"),
        trailers=tuple((key.strip(" \t"), value.strip(" \t\r")) for key, value in pairs),
    )


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return _LATEST  # a commit with an absurd date: never older than it may be


def _pathspecs(names: Collection[str]) -> Collection[str]:
    """The names, or few directories that hold them all; none stands for the whole repository."""
    specs = set(names)
    depth = max(name.count("/") for name in names)
    while len(specs) > _MOST_PATHSPECS and depth > 0:
        specs = {"/".join(spec.split("/")[:depth]) for spec in specs}
        depth -= 1
    return sorted(specs) if len(specs) <= _MOST_PATHSPECS else ()


def _renames(git: Git, logged: Iterable[_Logged], names: Collection[str]) -> dict[tuple[str, str], str]:
    """(commit, new name) → old name, for the commits that added one of the names. One process."""
    adding = {
        item.commit.sha: item.parent
        for item in logged
        if item.parent and any(added for added, _ in item.touched.values())
    }
    if not adding:
        return {}
    asked = "".join(f"{sha} {parent}\n" for sha, parent in adding.items())
    options = ("-r", "-M", "-l1000", "--raw", "-z", "--diff-filter=R", "--no-abbrev")
    fields = git.run("diff-tree", "--stdin", *options, stdin=asked.encode()).split(b"\0")
    found: dict[tuple[str, str], str] = {}
    sha, place = "", 0
    while fields[place]:
        if not fields[place].startswith(b":"):
            sha = fields[place].decode("ascii")
            if sha not in adding:
                raise RepoError("git diff-tree answered about another commit than it was asked for")
            place += 1
            continue
        old, new = (field.decode("utf-8", "replace") for field in fields[place + 1 : place + 3])
        if new in names and not path_problem(old):
            found[(sha, new)] = old
        place += 3
    return found
