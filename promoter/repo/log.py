"""Base's first-parent history of some paths: one `git log`, renames followed, newest state last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from promoter.core.history import Commit
from promoter.errors import RepoError
from promoter.repo.git import Git

_RECORD, _FIELD = "\x1e", "\x1f"
# Fields are separated by control characters, which a trailer or subject is stripped of below.
_FORMAT = f"%x1e%H%x1f%ct%x1f%an%x1f%ae%x1f%s%x1f%(trailers:only,unfold,separator=%x1d)%x1f"
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
        "log", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--reverse", "-z",
        "--topo-order", f"--format={_FORMAT}", "--end-of-options", commit, "--", *(names if narrow else ()),
    ).stdout.decode("utf-8", "replace")  # fmt: skip
    changes = (_change(record, names) for record in out.split(_RECORD)[1:])
    return [change for change in changes if change.blobs]


def _change(record: str, names: Mapping[str, str]) -> Change:
    fields = record.split(_FIELD)
    if len(fields) < 7:  # noqa: PLR2004 - the format above
        raise RepoError("git log answered in a form that is not understood")
    sha, when, author, email, subject, trailers = fields[:6]
    commit = Commit(
        sha=sha,
        when=datetime.fromtimestamp(int(when), UTC),
        author=author,
        email=email,
        subject=subject,
        trailers=tuple(_trailers(trailers)),
    )
    blobs = {names[path]: blob for path, blob in _raw(fields[6].split("\0")) if path in names}
    return Change(position=0, commit=commit, blobs=blobs)


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
