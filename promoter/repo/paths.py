"""Names that may be handed to Git: paths inside the repository, and ref names."""

from __future__ import annotations

import re

from promoter.errors import RepoError

_REF_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+=,-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def safe_path(path: str) -> str:
    """The path itself. Raises RepoError unless it is relative, normalised and inside the repository."""
    parts = path.split("/")
    if (
        not path
        or path.startswith(("/", "-", ":"))
        or _CONTROL.search(path)
        or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    ):
        raise RepoError(
            f"{path!r} is no path inside the repository", hint="write it relative, without . or .."
        )
    return path


def safe_branch(name: str) -> str:
    """The branch name itself. Raises RepoError unless every part is plain (a subset of git's own rules)."""
    parts = name.split("/")
    plain = all(
        _REF_PART.fullmatch(part) and ".." not in part and not part.endswith((".", ".lock")) for part in parts
    )
    if not plain or "@{" in name or name == "@":
        raise RepoError(f"{name!r} is no branch name", hint="letters, digits, . _ - and / only")
    return name
