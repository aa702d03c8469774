"""Which paths may name a file of the repository: relative, normalised, and never anything of Git's own."""

from __future__ import annotations

from promoter.errors import RepoError

_LONGEST = 4096  # what Linux allows for a whole path


def path_problem(path: str) -> str | None:
    """Why this cannot be a file's path in a repository, or None: `a/b.yaml` is fine."""
    if not path:
        return "the path is empty"
    if path.startswith("/"):
        return "the path is absolute; name it from the repository's root"
    if path.startswith("-"):
        return "the path starts with a dash"
    if not _plain(path):
        return "the path has a backslash, a control character or something that is no UTF-8 in it"
    if len(path.encode()) > _LONGEST:
        return f"the path is longer than {_LONGEST} bytes"
    return next((problem for part in path.split("/") if (problem := _part_problem(part))), None)


def safe_path(path: str) -> str:
    """The path itself. Raises RepoError where it is none."""
    problem = path_problem(path)
    if problem:
        raise RepoError(f"{path!r}: {problem}")
    return path


def writable_path(path: str) -> str:
    """A path that promoter may write. Raises RepoError: workflows are code that runs with the repository's rights."""
    if safe_path(path).casefold().startswith(".github/"):
        raise RepoError(f"{path!r}: promoter writes nothing under .github")
    return path


def directory_parts(directory: str) -> tuple[str, ...]:
    """`policies/` → `("policies",)`, `.` → `()`. Raises RepoError for one outside of the repository."""
    parts = tuple(part for part in directory.split("/") if part not in ("", "."))
    if directory.startswith("/") or not directory:
        raise RepoError(f"{directory!r} is no directory of the repository", hint="name it from its root")
    if parts:
        safe_path("/".join(parts))
    return parts


def _plain(path: str) -> bool:
    surrogate = any("\ud800" <= char <= "\udfff" for char in path)
    return not surrogate and not any(char < " " or char in "\\\x7f" for char in path)


def _part_problem(part: str) -> str | None:
    if part == "":
        return "the path has an empty part"
    if part in (".", ".."):
        return f"the path has {part!r} in it"
    # Git refuses these too: file systems that fold case, dots or blanks would take them for .git.
    if part.casefold().rstrip(". ") in (".git", "git~1"):
        return "the path leads into .git"
    return None
