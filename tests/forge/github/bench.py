from __future__ import annotations
import itertools
from datetime import datetime, timedelta, timezone
from pathlib import Path
from promoter.forge.github.connect import connect
from promoter.forge.github.settings import GitHubSettings
from promoter.forge.protocol import Forge
from tests.contracts.benches import *
from tests.fakes.github.hub import Hub, BOT
from tests.fakes.github import merging
from tests.git_repository import Scratch, minute

class GitHubBench:
    def __init__(self, place: Path, github) -> None:
        self.github = github
        self.hub = github.hub
        self.clock = 0
        self.hub.clock = lambda: minute(self.clock)
        self.hub.token("ghs_bot")
        self.place = place
        self.n = 0
        h = self.hub
        tree = h.bare.tree_with(h.bare.write_tree({}), {p: __import__("tests.fakes.github.objects", fromlist=["Entry"]).Entry("100644", "blob", h.bare.write("blob", d)) for p, d in FILES.items()})
        sha = h.bare.write_commit(tree, [], "change", author=h.signed("grace"), committer=h.web())
        h.move((("refs/heads/main", sha, None),), "grace")

    def forge(self) -> Forge:
        self.n += 1
        clone = self.place / f"clone{self.n}"
        import subprocess
        subprocess.run(["git", "clone", "-q", str(self.hub.bare.root), str(clone)], check=True, capture_output=True)
        s = GitHubSettings(repository=self.hub.full_name, api_url=self.github.url, server_url=self.github.url, token="ghs_bot")
        return connect(s, clone, None).forge

    def at(self, minutes): self.clock = minutes
    def head(self, branch="main"):
        return self.hub.bare.refs().get(f"refs/heads/{branch}")
    def _file(self, path):
        c = self.hub.bare.commit(self.head())
        return self.hub.bare.blob(self.hub.bare.entry(c.tree, path).sha)
    def text(self, path=PATH): return self._file(path)
    def message(self): return self.hub.bare.commit(self.head()).message.strip()
    def commit(self, path, content, branch="main"):
        self.clock += 1
        sha = self.hub.commit_files(self.head(branch), {path: content}, "change", by="grace")
        self.hub.update_ref(f"refs/heads/{branch}", sha, "grace", force=False)
    def branch(self, name): self.hub.create_ref(f"refs/heads/{name}", self.head(), "grace")
    def delete(self, branch):
        self.hub.delete_ref(f"refs/heads/{branch}", "grace")
    def merge(self, branch):
        (pull,) = [p for p in self.hub.state.pulls() if p.head_ref == branch and p.state == "open"]
        merging.merge(self.hub, pull, "grace")
    def evidence(self, evidence):
        bodies = [b for item in self.hub.state.items.values() for b in (item.body, *item.bodies)]
        return any(evidence.rstrip() in b for b in bodies)
