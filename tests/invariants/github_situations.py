"""Where a rollout on GitHub may be when a tick begins: what it finds, and what has to be true at every point."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.github.hub import BOT
from tests.fakes.github.state import Pull
from tests.invariants.github_rig import GitHubRig
from tests.invariants.rig import MINUTE


@dataclass(frozen=True, slots=True)
class Situation:
    """A way to come to it, on a rollout whose merge and on_fail are these."""

    name: str
    prepare: Callable[[GitHubRig], None]
    merge: str = "auto"
    on_fail: str = "freeze"


def _nothing(rig: GitHubRig) -> None:
    del rig


def _sick(rig: GitHubRig) -> None:
    rig.fall_sick(10)


def _open_proposal(rig: GitHubRig) -> None:
    rig.tick()
    rig.pass_time()


def _open_then_sick(rig: GitHubRig) -> None:
    _open_proposal(rig)
    rig.fall_sick(4)


def _flooded_then_sick(rig: GitHubRig) -> None:
    """A stranger's fork has had more pull requests from the branch's name than a short list shows."""
    _open_proposal(rig)
    rig.site.flood(rig.site.pull().head_ref)
    rig.fall_sick(4)


def _frozen(rig: GitHubRig) -> None:
    _sick(rig)
    rig.tick()
    rig.pass_time(2 * MINUTE)


def _reverted(rig: GitHubRig) -> None:
    """Promoted, then the Revert button, merged."""
    rig.tick()
    rig.pass_time(MINUTE)
    rig.site.merge(rig.site.revert(rig.site.pull("5-to-20", "")))
    rig.follow()
    rig.pass_time()


def _vetoed(rig: GitHubRig) -> None:
    _open_proposal(rig)
    rig.site.close(rig.site.pull())


def _out_of_date(rig: GitHubRig) -> None:
    _open_proposal(rig)
    rig.set_weight(7)
    rig.pass_time()


def _base_moved(rig: GitHubRig) -> None:
    _open_proposal(rig)
    rig.set_weight(7)


def _resumed(rig: GitHubRig) -> None:
    """The hold issue was closed by someone who may."""
    _frozen(rig)
    rig.script.sick_until = rig.at.timestamp()
    rig.site.close(rig.site.hold(), "tim")
    rig.pass_time()


def _closed_by_an_outsider(rig: GitHubRig) -> None:
    _frozen(rig)
    rig.site.close(rig.site.hold(), "mallory", force=True)
    rig.pass_time(MINUTE)


def _rolled_back(rig: GitHubRig) -> None:
    """A human merged the prepared draft."""
    _frozen(rig)
    draft = rig.site.pull("rollback")
    rig.site.ready(draft)
    rig.site.merge(draft)
    rig.follow()
    rig.pass_time(2 * MINUTE)


SITUATIONS = (
    Situation("promotes", _nothing),
    Situation("proposes", _nothing, merge="approval"),
    Situation("keeps a proposal", _open_proposal, merge="approval"),
    Situation("freezes", _sick),
    Situation("freezes with an open proposal", _open_then_sick, merge="approval"),
    Situation("freezes in a flood of a fork's", _flooded_then_sick, merge="approval"),
    Situation("rolls back by itself", _sick, on_fail="rollback"),
    Situation("finds a revert", _reverted),
    Situation("finds a veto", _vetoed, merge="approval"),
    Situation("withdraws what is out of date", _out_of_date, merge="approval"),
    Situation("finds that base moved just now", _base_moved, merge="approval"),
    Situation("finds a resume", _resumed),
    Situation("finds a closing that counts for nothing", _closed_by_an_outsider),
    Situation("finds its rollback merged", _rolled_back),
)


class Watch:
    """Holds the invariants against GitHub after every single request."""

    def __init__(self, rig: GitHubRig, allowed: frozenset[int]) -> None:
        self.rig, self.allowed, self.told = rig, allowed, list[str]()
        self.holds = 1  # open issues of one hold
        self.base = rig.site.hub.head()
        self.merged = len(_promotions(rig, merged=True))
        self.vetoed = {p.number for p in rig.site.pulls() if p.state == "closed" and not p.merged}

    def __call__(self) -> None:
        hub, rig = self.rig.site.hub, self.rig
        opened = Counter(_rollout(pull) for pull in _promotions(rig, merged=False) if pull.state == "open")
        self._expect(all(number <= 1 for number in opened.values()), f"open promotions: {opened}")
        holds = Counter(_hold_key(item.body) for item in rig.site.holds("open"))
        self._expect(all(number <= self.holds for number in holds.values()), f"holds twice: {holds}")
        self._expect(rig.on_base() in self.allowed, f"base at {rig.on_base()} %")
        self._expect(len(_promotions(rig, merged=True)) <= self.merged + 1, "two promotions of one step")
        self._expect(hub.bare.contains(hub.head(), self.base), "base was rewritten")
        again = [p.number for p in rig.site.pulls(state="open") if p.number in self.vetoed]
        self._expect(not again, f"opened again: {again}")
        reviewers = {review.author for pull in hub.state.pulls() for review in pull.reviews}
        self._expect(BOT not in reviewers, "the bot reviewed")

    def _expect(self, holds: bool, told: str) -> None:  # noqa: FBT001
        if not holds:
            self.told.append(told)


def _promotions(rig: GitHubRig, *, merged: bool) -> list[Pull]:
    found = [p for p in rig.site.hub.state.pulls() if p.author == BOT and re.search(r"-to-\d+-", p.head_ref)]
    return [pull for pull in found if (pull.merged is not None) == merged]


def _rollout(pull: Pull) -> str:
    return pull.head_ref.split("/")[1]


def _hold_key(body: str) -> str:
    """What the record of a hold issue says that it is."""
    found = [re.search(rf'"{key}":\s*"([^"]*)"', body.rpartition("<!--")[2]) for key in ("kind", "commit")]
    return "/".join(match[1] if match else "?" for match in found)
