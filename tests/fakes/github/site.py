"""A team's repository on the fake GitHub: a first commit, a bot's token, and people at work.

with a_site(tmp_path, {"manifests/vs.yaml": b"..."}) as site:
    site.hub, site.github.url, site.environ(), site.checkout()
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.fakes.github import merging
from tests.fakes.github.hub import Hub
from tests.fakes.github.objects import Entry
from tests.fakes.github.server import GitHub, serving
from tests.fakes.github.state import Item, Pull

TOKEN = "ghs_" + "A1b2C3d4E5" * 4
MOMENT = datetime(2026, 1, 7, 8, 0, tzinfo=UTC)


@dataclass
class Site:
    """The hub on the wire, a place for clones, and the clock of both."""

    hub: Hub
    github: GitHub
    place: Path
    at: datetime = MOMENT
    http: bool = False  # clones have the server as their origin, not the bare repository's path

    # The bot's side

    def environ(self, token: str = TOKEN) -> dict[str, str]:
        """What a workflow's step sees."""
        return {
            "GITHUB_REPOSITORY": self.hub.full_name,
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": self.github.web,
            "GITHUB_TOKEN": token,
        }

    def checkout(self, name: str = "clone") -> Path:
        """A fresh checkout of base, as actions/checkout makes one."""
        clone = self.place / name
        if not clone.exists():
            _git(self.place, "clone", "--quiet", "--no-hardlinks", str(self.hub.bare.root), name)
            if self.http:
                _git(clone, "remote", "set-url", "origin", f"{self.github.web}/{self.hub.full_name}.git")
        heads = "+refs/heads/*:refs/remotes/origin/*"
        _git(clone, "fetch", "--quiet", "--prune", str(self.hub.bare.root), heads)
        _git(clone, "checkout", "--quiet", "--force", "-B", self.hub.base, f"origin/{self.hub.base}")
        return clone

    # What is there

    def pulls(self, word: str = "", state: str = "") -> list[Pull]:
        """The pull requests with this in their branch's name."""
        found = [pull for pull in self.hub.state.pulls() if word in pull.head_ref]
        return [pull for pull in found if not state or pull.state == state]

    def pull(self, word: str = "", state: str = "open") -> Pull:
        (found,) = self.pulls(word, state)
        return found

    def holds(self, state: str = "") -> list[Item]:
        found = [item for item in self.hub.state.issues() if "rollout:hold" in item.labels]
        return [item for item in found if not state or item.state == state]

    def hold(self, state: str = "open") -> Item:
        (found,) = self.holds(state)
        return found

    def status(self, pull: Pull) -> str:
        """The state of rollout/health on a pull request's head, "" for none."""
        found = [s for s in self.hub.state.statuses.get(pull.head, ()) if s.context == "rollout/health"]
        return found[-1].state if found else ""

    def text(self, path: str, branch: str | None = None) -> str:
        """A file at a branch's head."""
        entry = self.hub.bare.entry(self.hub.bare.commit(self.hub.head(branch)).tree, path)
        assert entry is not None, path
        return self.hub.bare.blob(entry.sha).decode()

    # The engineers' side

    def commit(
        self,
        files: Mapping[str, bytes | None],
        message: str = "by hand",
        *,
        by: str = "grace",
        branch: str = "",
    ) -> str:
        """Someone commits to a branch."""
        head = self.hub.head(branch or None)
        made = self.hub.commit_files(head, dict(files), message, by=by)
        self.hub.update_ref(f"refs/heads/{branch or self.hub.base}", made, by, force=False)
        return made

    def approve(self, pull: Pull, by: str = "grace") -> None:
        self.hub.review(pull, by, "APPROVED")

    def merge(self, pull: Pull, by: str = "grace", method: str = "merge") -> str:
        """The merge button."""
        return merging.merge(self.hub, pull, by, method=method)

    def flood(self, branch: str, count: int = 10, by: str = "mallory") -> None:
        """A stranger opens and closes pull requests from their fork's branch of this name."""
        where = f"refs/forks/{by}/heads/{branch}"
        if where not in self.hub.state.refs:
            made = self.hub.commit_files(self.hub.head(), {"x": b"1\n"}, "x", by=by)
            self.hub.create_ref(where, made, by)
        for _ in range(count):
            self.close(self.hub.open_pull(by, head=f"{by}:{branch}", title="promote", body="x"), by)

    def revert(self, pull: Pull, by: str = "grace") -> Pull:
        """The Revert button: a new pull request."""
        return merging.revert(self.hub, pull, by)

    def close(self, item: Item, by: str = "grace", *, force: bool = False) -> None:
        self.hub.close(item, by, force=force)

    def reopen(self, item: Item, by: str = "grace", *, force: bool = False) -> None:
        self.hub.reopen(item, by, force=force)

    def ready(self, pull: Pull, by: str = "grace") -> None:
        """Out of draft."""
        self.hub.set_draft(pull, by, draft=False)


@contextmanager
def a_site(
    place: Path, files: Mapping[str, bytes | str], *, at: datetime = MOMENT, prefix: str = ""
) -> Iterator[Site]:
    """A repository whose base has these files, served. Leaving it fails with the server's complaints."""
    hub = Hub.create(place)
    hub.token(TOKEN)
    with serving(hub, prefix=prefix) as github:
        site = Site(hub, github, place, at)
        hub.clock = lambda: site.at
        entries: dict[str, Entry | None] = {
            path: Entry(
                "100644", "blob", hub.bare.write("blob", data.encode() if isinstance(data, str) else data)
            )
            for path, data in files.items()
        }
        who = hub.signed("ada")
        first = hub.bare.write_commit(
            hub.bare.tree_with(None, entries), [], "start\n", author=who, committer=who
        )
        hub.move([(f"refs/heads/{hub.base}", first, None)], "ada")
        yield site


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def _git(where: Path, *words: str) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(where),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(["git", *words], cwd=where, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
