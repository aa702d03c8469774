"""What GitHub's commits have to be. Their trees are computed here, from base: nothing is taken on trust."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from promoter.errors import ForgeError, RepoError
from promoter.forge.github.answers import Head, Object, read_answer
from promoter.forge.github.api import Api
from promoter.forge.protocol import MergeRequest, NewProposal
from promoter.repo.base import BaseRef, Repository
from promoter.repo.commit import files_at, read_commit, tree_with
from promoter.repo.log import first_parents


@dataclass(slots=True, kw_only=True)
class Checked:
    """Commits on one base, made through the API and verified against the clone."""

    api: Api
    repo: Repository
    base: BaseRef
    _line: frozenset[str] | None = field(default=None, init=False)

    def parent(self, head: Head, wanted: NewProposal | MergeRequest) -> str | None:
        """The parent of a branch's commit where that commit still is what is wanted now, else None.

        It has one parent, which base has been at; its tree is that parent's with these files changed to
        these contents and nothing else; and base's files are still the ones that it changed.
        """
        parents, objects = head.parents.found, self.repo.objects
        if len(parents) != 1 or not self._on_line(parents[0].oid):
            return None
        parent, paths = parents[0].oid, tuple(wanted.files)
        try:
            same = files_at(objects, parent, paths) == files_at(objects, wanted.base, paths)
            right = same and tree_with(objects, parent, wanted.files) == head.tree.oid
        except RepoError:  # a file that this commit's base did not have
            return None
        changes = read_commit(objects, parent).tree != head.tree.oid
        return parent if right and changes else None

    def refuse(self, new: NewProposal) -> None:
        """Before anything is written: raises ForgeError where it would change nothing, RepoError for odd files."""
        if tree_with(self.repo.objects, new.base, new.files) == read_commit(self.repo.objects, new.base).tree:
            paths = " and ".join(new.files)
            raise ForgeError(f"{new.branch}: {paths} on base already is what it would become")

    def make(self, new: NewProposal) -> str:
        """Have GitHub store the proposal's commit, which GitHub signs where the bot is an App. No ref moves."""
        self.refuse(new)
        objects, doing = self.repo.objects, f"make the commit of {new.branch}"
        there = files_at(objects, new.base, tuple(new.files))
        entries = [
            self._entry(path, there[path].mode, data, doing)
            for path, data in sorted(new.files.items())
            if objects.name_of("blob", data) != there[path].sha
        ]
        payload = {"base_tree": read_commit(objects, new.base).tree, "tree": entries}
        tree = _sha(self.api.write("POST", "/git/trees", payload, doing), doing)
        if tree != tree_with(objects, new.base, new.files):
            raise ForgeError(f"GitHub made another tree of {' and '.join(new.files)} than it was given")
        message = new.words().message.replace("\0", "").strip("\n")
        commit = {"message": message, "tree": tree, "parents": [new.base]}
        return _sha(self.api.write("POST", "/git/commits", commit, doing), doing)

    def _entry(self, path: str, mode: str, data: bytes, doing: str) -> Mapping[str, str]:
        entry = {"path": path, "mode": mode, "type": "blob"}
        try:
            return {**entry, "content": data.decode("utf-8")}
        except UnicodeDecodeError:
            payload = {"content": b64encode(data).decode("ascii"), "encoding": "base64"}
            return {**entry, "sha": _sha(self.api.write("POST", "/git/blobs", payload, doing), doing)}

    def is_result(self, commit: str, request: MergeRequest) -> bool:
        """Whether a merge came to exactly what was asked for, and nothing that others did meanwhile."""
        objects = self.repo.objects
        return read_commit(objects, commit).tree == tree_with(objects, request.base, request.files)

    def _on_line(self, commit: str) -> bool:
        """Whether base has been at this commit: on its first-parent line, not merged from elsewhere."""
        if self._line is None:
            self._line = first_parents(self.repo.git, self.base.commit)
        return commit in self._line


def _sha(answer: Any, doing: str) -> str:
    """REST names an object `sha`."""
    return read_answer(Object, {"oid": (answer or {}).get("sha")}, doing).oid
