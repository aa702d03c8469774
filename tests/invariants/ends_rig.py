"""The rig with two Deployments beside the route: a release that can be introduced and finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from promoter.core.decision import Kind
from promoter.core.outcome import Did
from promoter.ends import Done, Introduction, finish, introduce, the_candidate
from promoter.errors import PromoterError
from promoter.human import Request
from promoter.tick import conclude_one
from tests.invariants.rig import MINUTE, POLICY, START, Rig

GRAY, STABLE = "manifests/gray.yaml", "manifests/stable.yaml"
OLD, NEW, NEXT = (f"registry.example.com/yolo:{tag}" for tag in ("8", "9", "10"))
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: yolo-VERSION}
spec:
  replicas: REPLICAS  # by hand
  template:
    spec:
      containers:
        - name: model
          image: IMAGE  # the model
"""
WORKLOADS = f"""\
workloads:
  v8: {{file: {STABLE}, kind: Deployment, name: yolo-v8}}
  v9: {{file: {GRAY}, kind: Deployment, name: yolo-v9}}
"""
POLICY_OF_ENDS = POLICY + WORKLOADS


def a_deployment(version: str, image: str, replicas: int = 3) -> str:
    text = DEPLOYMENT.replace("VERSION", version).replace("REPLICAS", str(replicas))
    return text.replace("IMAGE", image)


@dataclass(slots=True)
class EndsRig(Rig):
    """v8 runs yolo:8; v9 runs yolo:9 and has `gray` percent."""

    policy: str = POLICY_OF_ENDS
    stable_image: str = OLD

    def __post_init__(self) -> None:
        super(EndsRig, self).__post_init__()
        self.write(STABLE, a_deployment("v8", self.stable_image))
        self.write(GRAY, a_deployment("v9", NEW, 0))
        self.commit("deployments", START - timedelta(minutes=29))

    def request(self) -> Request:
        return Request(by="Ada", reason="asked", at=self.at)

    def introduce(self, image: str = NEXT, **wanted: object) -> Done:
        world = self.world()
        observed = the_candidate(self.found(world), None)
        done = introduce(world, observed, self.request(), Introduction(image=image, **wanted))  # type: ignore[arg-type]
        self.follow()
        return done

    def finish(self, **wanted: bool) -> Done:
        world = self.world()
        observed = the_candidate(self.found(world), None)
        done = finish(world, observed, lambda: conclude_one(world, observed), self.request(), **wanted)
        self.follow()
        return done

    def merge_by_hand(self, word: str) -> None:
        """A human merges the one open proposal with this in its name."""
        (branch,) = self.branches(word)
        self.git("merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch)
        self.follow()

    def image(self, path: str) -> str:
        """The image at base's head."""
        (line,) = (line for line in self.git("show", f"main:{path}").splitlines() if "image:" in line)
        return line.split("image: ")[1].split(" ")[0].strip('"')

    def climb(self, until: int = 100) -> None:
        """Healthy ticks until the weight is reached and proven."""
        for _ in range(40):
            if self.on_base() >= until:
                break
            self.pass_time()
            self.tick()
        assert self.on_base() >= until
        self.pass_time(timedelta(minutes=12))


def dids(done: Done) -> list[Did]:
    return [outcome.did for outcome in done.outcomes]


def changed(rig: Rig, ref: str) -> list[str]:
    """The changed lines of a commit against its first parent."""
    text = rig.git("diff", "-U0", f"{ref}^1", ref)
    return [line for line in text.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(PromoterError) as caught:
        ask()
    return str(caught.value)


def frozen(rig: Rig) -> None:
    """The candidate was sick, the bot froze it, and now all is well."""
    rig.script.sick_from = (rig.at - 10 * MINUTE).timestamp()
    assert rig.tick().decision.kind is Kind.FREEZE
    rig.script.sick_until = rig.at.timestamp()
    rig.pass_time(MINUTE)
