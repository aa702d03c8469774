"""Every change of a ref in this program: one compare-and-set transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promoter.errors import RepoError
from promoter.repo.git import Git, last_words

NONE = "0" * 40


@dataclass(frozen=True, slots=True)
class RefChange:
    """A ref goes from `old` to `new`; None on either side means that it does not exist."""

    ref: str
    new: str | None
    old: str | None


def update_refs(git: Git, changes: Sequence[RefChange], why: str) -> bool:
    """All changes at once, or none and False where a ref is no longer what it was."""
    commands = ["start"]
    for change in changes:
        if change.new == change.old:
            commands.append(f"verify {change.ref} {change.old or NONE}")
        elif change.new is None:
            commands.append(f"delete {change.ref} {change.old or NONE}")
        else:
            commands.append(f"update {change.ref} {change.new} {change.old or NONE}")
    commands += ["prepare", "commit"]
    data = "".join(f"{command}\n" for command in commands).encode()
    done = git.run("update-ref", "-m", f"promoter: {why}", "--stdin", data=data, check=False)
    if done.code == 0:
        return True
    lost = (b"but expected", b"cannot lock ref", b"reference already exists", b"unable to resolve reference")
    if any(sign in done.stderr for sign in lost):
        return False
    raise RepoError(f"refs could not be changed: {last_words(done.stderr)}")
