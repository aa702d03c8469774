"""The GitHub forge on the fake GitHub, and what humans do to it there."""

from __future__ import annotations

import subprocess
from pathlib import Path

from promoter.forge.github.connect import connect
from promoter.forge.github.forge import GitHubForge
from promoter.forge.github.settings import GitHubSettings
from tests.contracts.benches import FILES, PATH
from tests.fakes.github import merging
from tests.fakes.github.hub import Hub
from tests.fakes.github.objects import Entry
from tests.fakes.github.server import GitHub
from tests.fakes.github.state import Item, Pull
from tests.git_repository import human_environment, minute

TOKEN = "ghs_bot"


class GitHubBench:
    """A hub whose base has `FILES`; every forge is that of a new run."""

    def __init__(self, place: Path, github: GitHub) -> None:
        self.place = place
        self.github = github
        self.minutes = 0.0
        self.runs = 0
        self._usual: Path | None = None
        self.hub.clock = lambda: minute(self.minutes)
        self.hub.token(TOKEN)
        bare = self.hub.bare
        blobs = {path: Entry("100644", "blob", bare.write("blob", data)) for path, data in FILES.items()}
        tree = bare.tree_with(bare.write_tree({}), dict(blobs))
        grace = self.hub.signed("grace")
        first = bare.write_commit(tree, [], "first", author=grace, committer=grace)
        self.hub.move((("refs/heads/main", first, None),), "grace")

    @property
    def hub(self) -> Hub:
        return self.github.hub

    def settings(self, token: str | None = TOKEN, **changes: object) -> GitHubSettings:
        url = self.github.url
        given: dict[str, object] = {"repository": "factory/yolo", "api_url": url, "server_url": url}
        return GitHubSettings(**{**given, "token": token, **changes})  # type: ignore[arg-type]

    def clone(self) -> Path:
        """A new clone of the repository."""
        self.runs += 1
        where = self.place / f"clone{self.runs}"
        words = ["git", "clone", "--quiet", str(self.hub.bare.root), str(where)]
        subprocess.run(words, check=True, capture_output=True, env=human_environment())
        return where

    def forge(self, token: str | None = TOKEN, **changes: object) -> GitHubForge:
        self._usual = self._usual or self.clone()
        return connect(self.settings(token, **changes), self._usual, None).forge

    def at(self, minutes: float) -> None:
        self.minutes = minutes

    def head(self, branch: str = "main") -> str | None:
        return self.hub.bare.refs().get(f"refs/heads/{branch}")

    def text(self, path: str = PATH) -> bytes:
        entry = self.hub.bare.entry(self.hub.bare.commit(self.hub.head()).tree, path)
        assert entry is not None
        return self.hub.bare.blob(entry.sha)

    def message(self) -> str:
        return self.hub.bare.commit(self.hub.head()).message.strip()

    def commit(self, path: str, content: bytes, branch: str = "main") -> None:
        made = self.hub.commit_files(self.hub.head(branch), {path: content}, "change", by="grace")
        self.hub.update_ref(f"refs/heads/{branch}", made, "grace", force=False)

    def branch(self, name: str) -> None:
        self.hub.create_ref(f"refs/heads/{name}", self.hub.head(), "grace")

    def delete(self, branch: str) -> None:
        self.hub.delete_ref(f"refs/heads/{branch}", "grace")

    def merge(self, branch: str) -> None:
        merging.merge(self.hub, self.pull(branch), "grace")

    def evidence(self, evidence: str) -> bool:
        bodies = [body for item in self.hub.state.items.values() for body in (item.body, *item.bodies)]
        return any(evidence.strip() in body for body in bodies)

    def pull(self, branch: str) -> Pull:
        """The open pull request of a branch."""
        (found,) = (p for p in self.hub.state.pulls() if p.head_ref == branch and p.state == "open")
        return found

    def issues(self, state: str = "open") -> list[Item]:
        """The issues that are no pull requests."""
        items = self.hub.state.items.values()
        return [item for item in items if not isinstance(item, Pull) and item.state == state]
