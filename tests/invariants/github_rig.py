"""A whole tick in this process on the GitHub forge: PyGithub, the fake GitHub, and metrics that follow a script."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from promoter.core.outcome import Broken, Row, TickReport
from promoter.forge.github.connect import connect
from promoter.forge.github.settings import github_settings
from promoter.human import Request, pause, resume, roll_back
from promoter.observe import Observed
from promoter.policies import policies_at
from promoter.tick import Tick, look, run_tick
from promoter.world import World
from tests.fakes.github.server import GitHub
from tests.fakes.github.site import TOKEN, Site, a_site
from tests.fakes.github.state import State
from tests.invariants.rig import MANIFEST, POLICY, READY, START, Script

PATH = "manifests/vs.yaml"


@dataclass
class Saved:
    """The hub as it was at one moment."""

    state: State
    history: list[State]
    next_id: int
    at: datetime
    shares: list[tuple[float, float]]
    sick_from: float


@dataclass
class GitHubRig:
    """A repository on the fake GitHub at `gray` percent, its metrics, and the clock of both."""

    site: Site
    script: Script
    saved: Saved | None = None
    slept: list[float] = field(default_factory=list)
    limit: float = 60.0

    @property
    def at(self) -> datetime:
        return self.site.at

    @property
    def github(self) -> GitHub:
        return self.site.github

    # Ticks

    def world(self, token: str = TOKEN, clone: str = "clone", **environ: str) -> World:
        settings = github_settings({**self.site.environ(token), **environ})
        assert settings is not None
        there = connect(replace(settings, seconds=self.limit), self.site.checkout(clone), None)
        there.forge._desk.api.sleep = self.slept.append
        return World(
            repo=there.repo,
            base=there.base,
            forge=there.forge,
            metrics=lambda _: self.script,
            environ={},
            human=there.human,
        )

    def about(self, world: World) -> Tick:
        return Tick(policies=policies_at(world.repo, world.base.commit, "policies"), at=self.at)

    def tick(self, *, acting: bool = True, clone: str = "clone", token: str = TOKEN) -> Row:
        row = self.report(acting=acting, clone=clone, token=token).rows[0]
        assert not isinstance(row, Broken), row
        return row

    def report(self, *, acting: bool = True, clone: str = "clone", token: str = TOKEN) -> TickReport:
        world = self.world(token, clone)
        report = run_tick(world, self.about(world), acting=acting)
        self.follow()
        return report

    def follow(self) -> None:
        """The GitOps agent: half a minute later traffic follows base."""
        share = self.on_base() / 100
        if share != self.script.shares[-1][1]:
            self.script.shares.append((self.at.timestamp() + 30, share))

    def pass_time(self, length: timedelta = READY) -> None:
        self.site.at += length

    def fall_sick(self, minutes_ago: float) -> None:
        """Gray's errors are 10 % since then."""
        self.script.sick_from = (self.at - timedelta(minutes=minutes_ago)).timestamp()

    def on_base(self) -> int:
        return int(re.findall(r"v9}\s+weight: (\d+)", self.site.text(PATH))[0])

    def set_weight(self, gray: int, by: str = "grace", branch: str = "") -> None:
        """A human's hand edit."""
        self.site.commit({PATH: weights(gray).encode()}, f"gray at {gray}", by=by, branch=branch)
        self.follow()

    # A human's commands

    def found(self, world: World) -> tuple[Observed, ...]:
        return tuple(item for item in look(world, self.about(world)) if isinstance(item, Observed))

    def request(self) -> Request:
        return Request(by="grace", reason="looked at it", at=self.at)

    def resume(self) -> None:
        world = self.world()
        resume(world, self.found(world), self.request())

    def pause(self) -> None:
        world = self.world()
        pause(world, self.found(world), self.request())

    def roll_back(self, *, step: bool = False, merge: bool = True) -> None:
        world = self.world()
        roll_back(world, self.found(world), self.request(), step=step, merge=merge)
        self.follow()

    # What is there

    def state(self) -> dict[str, Any]:
        """What GitHub shows, without the ids and times of how it came to be."""
        hub = self.site.hub
        refs = {
            name: hub.bare.commit(sha).tree
            for name, sha in hub.state.refs.items()
            if name.startswith("refs/heads/")
        }
        # What a tick opened after another one had merged the same branch, and then withdrew, is no difference.
        merged = {pull.head_ref for pull in hub.state.pulls() if pull.merged}
        pulls = sorted(
            (
                pull.head_ref,
                pull.state,
                pull.merged is not None,
                pull.draft,
                pull.author,
                self.site.status(pull),
            )
            for pull in hub.state.pulls()
            if pull.state == "open" or pull.merged or pull.head_ref not in merged
        )
        # Of two issues for one hold, recorded at the same moment, the later one ends as the first one's duplicate.
        holds = sorted(
            (hold.state, hold.author, _what(hold.title))
            for hold in self.site.holds()
            if (hold.state, hold.reason) != ("closed", "not_planned")
        )
        return {"refs": refs, "pulls": pulls, "holds": holds, "base": self.on_base()}

    # Going back

    def save(self) -> None:
        """Remember everything; `restore` goes back to it."""
        hub = self.site.hub
        self.saved = Saved(
            copy.deepcopy(hub.state),
            list(hub.history),
            hub.id(),
            self.at,
            list(self.script.shares),
            self.script.sick_from,
        )
        target = self.site.place / "saved.git"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(hub.bare.root, target)

    def restore(self) -> None:
        """As it was when it was saved. Objects that came since stay: nothing points to them."""
        assert self.saved is not None
        hub, saved = self.site.hub, self.saved
        for name in ("refs", "packed-refs"):
            source, place = self.site.place / "saved.git" / name, hub.bare.root / name
            if source.is_dir():
                shutil.rmtree(place, ignore_errors=True)
                shutil.copytree(source, place)
        hub.state = copy.deepcopy(saved.state)
        hub.history = list(saved.history)
        self.site.at = saved.at
        self.script.shares = list(saved.shares)
        self.script.sick_from = saved.sick_from
        self.github.faults.clear()
        self.slept.clear()


def _what(title: str) -> str:
    return title.partition(":")[0]


def weights(gray: int) -> str:
    return MANIFEST.replace("STABLE", str(100 - gray)).replace("GRAY", str(gray))


@contextmanager
def github_rig(
    place: Path,
    *,
    merge: str = "auto",
    on_fail: str = "freeze",
    gray: int = 5,
    policy: str = POLICY,
    change: Callable[[str], str] = str,
) -> Iterator[GitHubRig]:
    """The same repository as `tests.invariants.rig.Rig`, on GitHub."""
    text = change(policy.replace("MERGE", merge).replace("ON_FAIL", on_fail))
    files: dict[str, bytes | str] = {"policies/yolo.yaml": text, PATH: weights(0)}
    place.mkdir(parents=True, exist_ok=True)
    with a_site(place, files, at=START - timedelta(hours=2)) as site:
        if gray:
            site.at = START - timedelta(minutes=30)
            site.commit({PATH: weights(gray).encode()}, f"gray at {gray}", by="ada")
        script = Script([(0.0, 0.0), ((START - timedelta(minutes=29)).timestamp(), gray / 100)])
        site.at = START
        yield GitHubRig(site, script)
