"""Base's first-parent history of some paths: one `git log`, renames followed, newest state last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from promoter.core.history import Commit
from promoter.errors import RepoError
from promoter.repo.git import Git

# Read by position: only NUL ends a field, and no message or path can hold one.
_FORMAT = "%H%x00%ct%x00%an%x00%ae%x00%s%x00%(trailers:only,unfold,separator=%x1d)%x00"
_FIELDS = 6
_ABSENT = "0" * 40
ARGUMENTS = 100_000  # bytes of paths handed over as arguments; beyond it the log is not narrowed
RENAMES = 5  # how many renames in a row are followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One first-parent commit that touched some of the paths: their blobs after it (None = gone).

    `position` counts from 0 at the oldest commit.
    """

    position: int
    commit: Commit
    blobs: Mapping[str, str | None]


def read_log(git: Git, commit: str, paths: Sequence[str]) -> tuple[Change, ...]:
    """Every first-parent commit up to `commit` that touched one of `paths`, oldest first."""
    if not paths:
        return ()
    wanted = {path: path for path in paths}  # as it is called in that stretch of history -> as asked for
    found = _log(git, commit, wanted)
    for _ in range(RENAMES):
        older = _renamed(git, found, wanted)
        if not older:
            break
        wanted |= older
        found = _log(git, commit, wanted)
    return tuple(replace(change, position=index) for index, change in enumerate(found))


def _log(git: Git, commit: str, names: Mapping[str, str]) -> list[Change]:
    narrow = sum(len(name) + 1 for name in names) < ARGUMENTS
    out = git.run(
        "log", "--first-parent", "--diff-merges=first-parent", "--raw", "--no-abbrev", "--no-renames",
        "--no-show-signature", "--reverse", "-z", "--topo-order", f"--format={_FORMAT}",
        "--end-of-options", commit, "--", *(names if narrow else ()),
    ).stdout.decode("utf-8", "replace")  # fmt: skip
    return [change for change in _changes(out.split("\0"), names) if change.blobs]


def _changes(tokens: Sequence[str], names: Mapping[str, str]) -> Iterator[Change]:
    place = 0
    while place + _FIELDS <= len(tokens):
        header = tokens[place : place + _FIELDS]
        start = place = place + _FIELDS
        while place < len(tokens) and (not tokens[place] or _is_raw(tokens[place])):
            place += 2 if tokens[place] else 1
        blobs = {names[path]: blob for path, blob in _raw(tokens[start:place]) if path in names}
        yield Change(position=0, commit=_commit(header), blobs=blobs)


def _commit(header: Sequence[str]) -> Commit:
    sha, when, author, email, subject, trailers = header
    try:
        moment = datetime.fromtimestamp(int(when), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise RepoError(f"commit {sha[:9]!r} has no date that can be read") from error
    return Commit(
        sha=sha,
        when=moment,
        author=author,
        email=email,
        subject=subject,
        trailers=tuple(_trailers(trailers)),
    )


def _is_raw(token: str) -> bool:
    return token.lstrip("\n").startswith(":")


def _trailers(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\x1d"):
        key, colon, value = line.partition(":")
        if colon:
            yield key.strip(), value.strip()


def _raw(parts: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """`:mode mode sha sha status NUL path NUL …` → path and blob; only regular files have one."""
    tokens = iter(part.lstrip("\n") for part in parts)
    for token in tokens:
        if not token.startswith(":"):
            continue
        _, mode, _, blob, _ = token.split(" ")
        regular = mode in ("100644", "100755") and blob != _ABSENT
        yield next(tokens, ""), blob if regular else None


def _renamed(git: Git, found: Sequence[Change], names: Mapping[str, str]) -> dict[str, str]:
    """Older names of paths whose history begins with an addition that was a rename."""
    first: dict[str, str] = {}
    for change in found:
        for path in change.blobs:
            first.setdefault(path, change.commit.sha)
    known = set(names)
    older: dict[str, str] = {}
    commits = sorted(set(first.values()))
    lines = git.run(
        "diff-tree", "--stdin", "-r", "-m", "--first-parent", "--raw", "-M", "--diff-filter=R", "-z",
        data="".join(f"{sha}\n" for sha in commits).encode(),
    ).stdout.decode("utf-8", "replace").split("\0")  # fmt: skip
    tokens = iter(lines)
    for token in tokens:
        if token.startswith(":") and token.rsplit(" ", 1)[-1].startswith("R"):
            old, new = next(tokens, ""), next(tokens, "")
            if new in names and old not in known:
                older[old] = names[new]
    return older
