"""A throw-away bare repository on another one's objects: its refs are its own, nothing reaches the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from promoter.repo.base import BaseRef, Repository
from promoter.repo.process import Git
from promoter.repo.refs import RefChange, branch_ref, update_refs


@contextmanager
def scratch_copy(repo: Repository, base: BaseRef) -> Iterator[Repository]:
    """A repository with base's branch at base's commit, and no other ref. It is gone at the end."""
    with TemporaryDirectory(prefix="promoter-drill-") as folder:
        place = Path(folder)
        Git(place).run("init", "--quiet", "--bare", f"--object-format={repo.objects.hashing}")
        alternates = place / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_bytes(bytes(repo.objects.directory) + b"\n")
        Git(place).run("symbolic-ref", "HEAD", branch_ref(base.branch))
        made = Repository.open(place)
        update_refs(made.refs, [RefChange(branch_ref(base.branch), base.commit, None)])
        yield made
