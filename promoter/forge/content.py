"""What a proposal's commit is: made from base, verified against base, found again in base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from promoter.errors import ForgeError
from promoter.forge.protocol import MergeRequest, NewProposal
from promoter.repo.base import BaseRef, Repository
from promoter.repo.commit import changes_only, files_at, read_commit, tree_with, write_commit
from promoter.repo.log import first_parents


@dataclass(slots=True)
class Content:
    """The commits of proposals, on one base."""

    repo: Repository
    base: BaseRef
    _line: frozenset[str] | None = field(default=None, init=False)

    def make(self, new: NewProposal) -> str:
        """Store the commit of a proposal; the same proposal gives the same one.

        Raises ForgeError where it would change nothing, RepoError where a file is no regular one.
        """
        objects = self.repo.objects
        if self._holds(new.base, new.files):
            paths = " and ".join(new.files)
            raise ForgeError(f"{new.branch}: {paths} on base already is what it would become")
        tree = tree_with(objects, new.base, new.files)
        return write_commit(objects, tree=tree, parents=[new.base], message=new.words().message, when=new.at)

    def merge(self, request: MergeRequest, made: str) -> str:
        """Store the merge of a proposal's commit into base: base's tree with these files changed."""
        objects = self.repo.objects
        tree = tree_with(objects, request.base, request.files)
        parents = [request.base, made]
        return write_commit(objects, tree=tree, parents=parents, message=request.message, when=request.at)

    def parent(self, head: str, wanted: NewProposal | MergeRequest) -> str | None:
        """The parent of a branch's commit where that commit still is what is wanted now, else None.

        It has one parent, which base has been at; it changes these files to these contents and nothing else;
        and base's files are still the ones that it changed.
        """
        objects, paths = self.repo.objects, tuple(wanted.files)
        parents = read_commit(objects, head).parents
        if len(parents) != 1 or not self._on_line(parents[0]):
            return None
        current = (
            changes_only(objects, parents[0], head, paths)
            and self._holds(head, wanted.files)
            and files_at(objects, parents[0], paths) == files_at(objects, wanted.base, paths)
        )
        return parents[0] if current else None

    def _holds(self, commit: str, files: Mapping[str, bytes]) -> bool:
        """Whether these files have these contents at a commit."""
        objects = self.repo.objects
        there = files_at(objects, commit, tuple(files))
        return all(there[path].sha == objects.name_of("blob", data) for path, data in files.items())

    def merged(self, made: Iterable[str]) -> frozenset[str]:
        """Those of these commits that base has: a human merged them with plain git. One process."""
        asked = frozenset(made)
        if not asked:
            return asked
        lines = "".join(f"{sha}\n" for sha in sorted(asked)) + f"^{self.base.commit}\n"
        missing = self.repo.git.run("rev-list", "--stdin", stdin=lines.encode()).decode("ascii").split()
        return asked.difference(missing)

    def _on_line(self, commit: str) -> bool:
        """Whether base has been at this commit: on its first-parent line, not merged from elsewhere."""
        if self._line is None:
            self._line = first_parents(self.repo.git, self.base.commit)
        return commit in self._line
