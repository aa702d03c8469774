"""Every change of a ref in this program: one compare-and-set transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promoter.errors import RepoError
from promoter.repo.git import Git, last_words


@dataclass(frozen=True, slots=True)
class RefChange:
    """A ref goes from `old` to `new`; None on either side means that it does not exist."""

    ref: str
    new: str | None
    old: str | None


def update_refs(git: Git, changes: Sequence[RefChange], why: str) -> bool:
    """All changes at once, or none and False where a ref is no longer what it was."""
    none = "0" * max(len(sha or "") for change in changes for sha in (change.new, change.old))
    commands = ["start"]
    for change in changes:
        if change.new == change.old:
            commands.append(f"verify {change.ref} {change.old or none}")
        elif change.new is None:
            commands.append(f"delete {change.ref} {change.old or none}")
        else:
            commands.append(f"update {change.ref} {change.new} {change.old or none}")
    commands += ["prepare", "commit"]
    data = "".join(f"{command}\n" for command in commands).encode()
    done = git.run("update-ref", "-m", f"promoter: {why}", "--stdin", data=data, check=False)
    if done.code == 0:
        return True
    if b"; cannot create" in done.stderr:  # another ref has the name of a folder that ours needs
        raise RepoError(
            f"a ref is in the way: {last_words(done.stderr)}", hint="rename or delete the one in the way"
        )
    lost = (b"but expected", b"cannot lock ref", b"reference already exists", b"unable to resolve reference")
    if any(sign in done.stderr for sign in lost):
        return False
    raise RepoError(f"refs could not be changed: {last_words(done.stderr)}")
