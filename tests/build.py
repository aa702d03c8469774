"""Builders: a READY rollout at 5 %, healthy and baked; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from promoter.core.history import Commit, Point
from promoter.core.holds import Hold, HoldKind
from promoter.core.judge.verdict import Cause, Outcome, Proof, Verdict
from promoter.core.policy import Bake, OnFail, Policy, RatioCheck, Rule, Step, Threshold, Unit
from promoter.core.promql import Quoting, Template
from promoter.core.proposals import ForgeView, ProposalKind, ProposalState, ProposalView
from promoter.core.route import RouteRef
from promoter.core.situation import Route, Situation, Wave
from promoter.core.subject import Applied, Health, Seen
from promoter.core.timeline import Timeline, fold
from promoter.core.weights import Split

AT = datetime(2026, 1, 7, 9, 0, tzinfo=UTC)  # a Wednesday
STEP_BEGAN = AT - timedelta(minutes=30)
DESTINATIONS = {"v8-stable": "yolo/v8-stable", "v9-gray": "yolo/v9-gray"}


def a_template(metric: str = "requests_total") -> Template:
    return Template(
        source=f'{metric}{{version="$version"}}', parts=(f'{metric}{{version="', Quoting.STRING, '"}')
    )


def a_check(name: str = "success-rate", **changes: object) -> RatioCheck:
    check = RatioCheck(
        name=name,
        bad=a_template("errors_total"),
        total=a_template(),
        at_most=0.0005,
        on_fail=OnFail.FREEZE,
        rule=Rule.THRESHOLD,
        threshold=Threshold(),
    )
    return replace(check, **changes)  # type: ignore[arg-type]


def a_policy(**changes: object) -> Policy:
    policy = Policy(
        name="yolo",
        file="policies/yolo.yaml",
        route=RouteRef(file="manifests/vs.yaml", kind="VirtualService", name="yolo-vs"),
        stable="v8-stable",
        candidates=("v9-gray",),
        steps=tuple(Step(percent=Fraction(step)) for step in (1, 5, 20, 50, 100)),
        bake=Bake(min=timedelta(minutes=10), max=timedelta(hours=24)),
        requests=a_template(),
        ready=a_template("up"),
        checks=(a_check(),),
    )
    return replace(policy, **changes)  # type: ignore[arg-type]


def a_commit(number: int, when: datetime = AT, author: str = "Ada", subject: str = "") -> Commit:
    return Commit(
        sha=f"{number:09x}{number:031x}",  # short forms differ too
        when=when,
        author=author,
        email="ada@example.com",
        subject=subject or f"change {number}",
    )


def a_split(gray: int = 5, total: int = 100) -> Split:
    return Split.of({DESTINATIONS["v8-stable"]: total - gray, DESTINATIONS["v9-gray"]: gray})


def points(
    weights: Sequence[int],
    *,
    end: datetime = STEP_BEGAN,
    images: Mapping[int, str] | None = None,
    stable_images: Mapping[int, str] | None = None,
) -> tuple[Point, ...]:
    """One point an hour, the last at `end`; `images` maps a point's index to the candidate's image."""
    found = []
    for index, weight in enumerate(weights):
        when = end - timedelta(hours=len(weights) - 1 - index)
        named = {}
        if images and index in images:
            named["v9-gray"] = (images[index],)
        if stable_images and index in stable_images:
            named["v8-stable"] = (stable_images[index],)
        found.append(Point(commit=a_commit(index + 1, when), split=a_split(weight), images=named))
    return tuple(found)


def a_timeline(weights: Sequence[int] = (0, 1, 5), **kwargs: object) -> Timeline:
    timeline = fold(
        points(weights, **kwargs),  # type: ignore[arg-type]
        candidate="v9-gray",
        stable="v8-stable",
        destinations=DESTINATIONS,
    )
    assert timeline is not None
    return timeline


def a_situation(
    *,
    weights: Sequence[int] = (0, 1, 5),
    policy: Policy | None = None,
    view: ForgeView | None = None,
    waves: Mapping[str, Wave] | None = None,
    at: datetime = AT,
    timeline: Timeline | None = None,
) -> Situation:
    timeline = timeline or a_timeline(weights)
    return Situation(
        policy=policy or a_policy(),
        candidate="v9-gray",
        at=at,
        base="b" * 40,
        route=Route(path="manifests/vs.yaml", split=a_split(weights[-1]), destinations=DESTINATIONS),
        timeline=timeline,
        view=view or ForgeView(),
        waves=waves or {},
    )


def a_verdict(outcome: Outcome = Outcome.PASS, **changes: object) -> Verdict:
    cause = {
        Outcome.PASS: Cause.WITHIN_LIMIT,
        Outcome.FAIL: Cause.OVER_LIMIT,
        Outcome.INCONCLUSIVE: Cause.TOO_FEW,
    }[outcome]
    verdict = Verdict(
        check="success-rate",
        outcome=outcome,
        cause=cause,
        unit=Unit.SHARE,
        observed=0.0002,
        stable=0.0002,
        limit=0.0005,
        samples=48210,
        windows=5,
        windows_needed=5,
    )
    return replace(verdict, **changes)  # type: ignore[arg-type]


def a_proof(**changes: object) -> Proof:
    proof = Proof(
        alpha=0.0025,
        beta=0.05,
        bar=0.0005,
        bound=0.0004,
        within=2.0,
        over=3.39,
        relative=True,
        ticks=40,
        least=20,
        bursts=2,
        average=0.00091,
    )
    return replace(proof, **changes)  # type: ignore[arg-type]


def a_proven(outcome: Outcome = Outcome.PASS, **changes: object) -> Verdict:
    """A verdict of rule sequential."""
    cause = changes.get("cause", Cause.PROVEN)
    proof = a_proof(slope=140.0) if cause is Cause.GROWING else a_proof()
    return a_verdict(outcome, **{"cause": cause, "proof": proof, **changes})


def a_health(
    *verdicts: Verdict,
    seen: Seen = Seen.APPLIED,
    baked: timedelta | None = timedelta(minutes=20),
    at: datetime = AT,
) -> Health:
    return Health(
        applied=Applied(seen=seen, since=STEP_BEGAN, observed=4.9, requests=10_221),
        baked_from=at - baked if baked is not None else None,
        verdicts=verdicts or (a_verdict(),),
    )


def a_hold(kind: HoldKind = HoldKind.FREEZE, **changes: object) -> Hold:
    hold = Hold(
        rollout="yolo",
        candidate="" if kind is HoldKind.PAUSE else "v9-gray",
        kind=kind,
        commit=a_commit(3).sha,
        since=AT - timedelta(minutes=5),
        by="promoter",
        reason="failed: success-rate",
    )
    return replace(hold, **changes)  # type: ignore[arg-type]


def a_proposal(**changes: object) -> ProposalView:
    proposal = ProposalView(
        branch=f"promoter/yolo/v9-gray-5-to-20-{a_commit(3).short}",
        rollout="yolo",
        candidate="v9-gray",
        identity="v9-gray",
        kind=ProposalKind.PROMOTION,
        state=ProposalState.OPEN,
        made="c" * 40,
        base="b" * 40,
        began=a_commit(3).sha,
        head="c" * 40,
    )
    return replace(proposal, **changes)  # type: ignore[arg-type]
