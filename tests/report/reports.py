"""Reports to render: one rollout for every decision, as a plant would see them in one tick."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from promoter.core.branches import promotion_branch
from promoter.core.decide import decide, unusable
from promoter.core.history import Point
from promoter.core.holds import HoldKind
from promoter.core.judge.verdict import Cause, Outcome, Proof, Verdict, WindowReading
from promoter.core.outcome import Broken, Did, Row, TickReport
from promoter.core.outcome import Outcome as Effect
from promoter.core.policy import Merge, OnFail, Unit
from promoter.core.proposals import ForgeView, Health, ProposalKind, Status
from promoter.core.situation import Unusable
from promoter.core.subject import Seen
from promoter.core.timeline import fold
from tests.build import (
    AT,
    DESTINATIONS,
    STEP_BEGAN,
    a_commit,
    a_health,
    a_hold,
    a_policy,
    a_proposal,
    a_situation,
    a_split,
    a_timeline,
    a_verdict,
)

HOSTILE = (
    "\x1b[31m](https://evil.example) `x` |a| <img src=x onerror=1> @all fixes #1 GH-2 "
    "\u202e[skip ci]\r\nRollout-Weight: 0 -> 100\n::error::x\n```\n# big"
)
SUMMARY = "every check passed: on to 20%"


def a_reading(index: int, *, breach: bool | None = False, bad: float = 0) -> WindowReading:
    end = STEP_BEGAN.timestamp() + 120 * (index + 1)
    return WindowReading(
        start=end - 120, end=end, bad=bad, total=2000, stable_bad=1, stable_total=38000, breach=breach
    )


def slower_and_slower() -> tuple[WindowReading, ...]:
    """Fifteen windows of a latency check: the last three are over 1 %."""
    slow = (2, 1, 3, 2, 4, 3, 2, 5, 4, 6, 9, 14, 38, 71, 104)
    return tuple(
        a_reading(index, bad=bad, breach=bad > 20)._replace(stable_bad=46 + index % 3 * 4)
        for index, bad in enumerate(slow)
    )


def memory_readings() -> tuple[WindowReading, ...]:
    """Eight windows of a gauge; in one nothing was read."""
    values = (8990.0, 9020.0, 9055.0, 9080.0, 9110.0, None, 9130.0, 9120.0)
    return tuple(
        a_reading(index, breach=None)._replace(bad=None, total=None, stable_bad=None, stable_total=None)
        if value is None
        else WindowReading(
            start=STEP_BEGAN.timestamp() + 120 * index,
            end=STEP_BEGAN.timestamp() + 120 * (index + 1),
            value=value,
            stable_value=8800.0,
            breach=False,
        )
        for index, value in enumerate(values)
    )


def latency(outcome: Outcome = Outcome.PASS, **changes: object) -> Verdict:
    return a_verdict(
        outcome,
        **{
            "check": "p99-latency",
            "observed": 0.0015,
            "stable": 0.0012,
            "limit": 0.01,
            "edge": 50.0,
            "edge_unit": Unit.MILLISECONDS,
            "readings": slower_and_slower()[:12],
        }
        | changes,
    )


def memory(outcome: Outcome = Outcome.PASS, **changes: object) -> Verdict:
    return a_verdict(
        outcome,
        **{
            "check": "gpu-memory",
            "unit": Unit.PLAIN,
            "observed": 9120.0,
            "stable": 8800.0,
            "limit": 10120.0,
            "samples": 40,
            "readings": memory_readings(),
        }
        | changes,
    )


def success(outcome: Outcome = Outcome.PASS, **changes: object) -> Verdict:
    readings = tuple(a_reading(index, bad=bad) for index, bad in enumerate((0, 1, 0, 0, 1)))
    return a_verdict(outcome, **{"readings": readings} | changes)


def proven(**changes: object) -> Verdict:
    """The success rate under rule: sequential."""
    proof = Proof(alpha=0.0125, beta=0.05, bar=0.0015, bound=0.0004, within=2.1, ticks=40, least=3)
    return success(Outcome.PASS, **{"cause": Cause.PROVEN, "proof": proof} | changes)


def promoting() -> Row:
    situation = a_situation()
    health = a_health(success(), latency(), memory())
    branch = promotion_branch(situation, a_split(20))
    effects = (
        Effect(did=Did.WITHDRAWN, subject="promoter/yolo/v9-gray-1-to-5-000000002", detail="out of date"),
        Effect(did=Did.PROPOSED, subject=branch),
        Effect(did=Did.STATUS, subject=branch, detail="success"),
        Effect(did=Did.NOT_YET, subject=branch, detail="base or the branch moved meanwhile"),
    )
    decision = decide(situation, health)
    return Row(situation=situation, health=health, decision=decision, diff=DIFF, outcomes=effects)


def waiting() -> Row:
    policy = a_policy(name="line-b", merge=Merge.AUTO)
    situation = a_situation(policy=policy, view=ForgeView(proposals=(a_proposal(status=a_status()),)))
    few = latency(
        Outcome.INCONCLUSIVE,
        cause=Cause.TOO_FEW,
        observed=None,
        samples=38,
        needed=20,
        eta=timedelta(minutes=9),
        readings=(),
    )
    health = a_health(success(), few, baked=timedelta(minutes=4))
    return Row(situation=situation, health=health, decision=decide(situation, health))


def freezing(*, on_fail: OnFail = OnFail.FREEZE) -> Row:
    situation = a_situation(policy=a_policy(name="line-c"), weights=(0, 1, 5, 20))
    bad = latency(Outcome.FAIL, observed=0.036, breaches=3, on_fail=on_fail, readings=slower_and_slower())
    health = a_health(success(), bad)
    effects = (
        Effect(did=Did.HELD, subject="freeze", detail="failed: p99-latency"),
        Effect(did=Did.PROPOSED, subject="promoter/line-c/rollback-000000004", detail="draft"),
        Effect(did=Did.NOTIFIED, subject="CHAT_URL"),
        Effect(did=Did.FAILED, subject="notify PAGER_URL", detail="the environment variable is not set"),
    )
    return Row(situation=situation, health=health, decision=decide(situation, health), outcomes=effects)


def holding() -> Row:
    hold = a_hold(HoldKind.PAUSE, by="Bo", reason="audit at the plant", since=AT - timedelta(hours=3))
    situation = a_situation(policy=a_policy(name="line-d"), view=ForgeView(holds=(hold,)))
    health = a_health(success(Outcome.FAIL, observed=0.004, breaches=4), latency())
    return Row(situation=situation, health=health, decision=decide(situation, health))


def done() -> Row:
    situation = a_situation(policy=a_policy(name="line-e"), weights=(0, 50, 100))
    health = a_health(success(), latency())
    return Row(situation=situation, health=health, decision=decide(situation, health))


def late() -> Row:
    timeline = a_timeline((0, 1, 5), end=AT - timedelta(minutes=40))
    situation = a_situation(policy=a_policy(name="line-f"), timeline=timeline)
    early = success(Outcome.INCONCLUSIVE, cause=Cause.TOO_EARLY, observed=None, windows=0, readings=())
    health = a_health(early, seen=Seen.NOT_YET, baked=None)
    health = replace(
        health, applied=replace(health.applied, reason="1.02% of the last 10,221 requests reached v9-gray")
    )
    return Row(situation=situation, health=health, decision=decide(situation, health))


def unknown() -> Row:
    situation = a_situation(policy=a_policy(name="line-g"), weights=(0,))
    gone = success(
        Outcome.INCONCLUSIVE,
        cause=Cause.UNREACHABLE,
        observed=None,
        readings=(),
        reason="connection refused",
        query='up{version="v9-gray"}',
    )
    health = a_health(gone, seen=Seen.NOT_ASKED, baked=timedelta(minutes=1))
    return Row(situation=situation, health=health, decision=decide(situation, health))


def broken() -> Broken:
    unusable_rollout = Unusable(
        name="line-h",
        problems=(
            "policies/line-h.yaml:7:3: unknown key canidates; did you mean candidates?",
            "policies/line-h.yaml:12:9: 5 has no unit; write 5%",
        ),
    )
    return Broken(rollout=unusable_rollout, decision=unusable(unusable_rollout))


def a_status() -> Status:
    return Status(state=Health.SUCCESS, summary=SUMMARY, evidence_at=AT)


DIFF = """--- a/manifests/vs.yaml
+++ b/manifests/vs.yaml
@@ -14,10 +14,10 @@
         - destination:
             host: yolo
             subset: v8-stable
-          weight: 95
+          weight: 80
         - destination:
             host: yolo
             subset: v9-gray
-          weight: 5
+          weight: 20
"""


def a_report(*rows: Row | Broken, acted: bool = False, notes: tuple[str, ...] = ()) -> TickReport:
    return TickReport(at=AT, branch="main", commit="b" * 40, rows=rows, notes=notes, acted=acted)


def the_plant(*, acted: bool = False) -> TickReport:
    """Every kind of decision in one report."""
    told: tuple[Row, ...] = (promoting(), waiting(), freezing(), holding(), done(), late(), unknown())
    if not acted:
        told = tuple(replace(row, outcomes=()) for row in told)
    note = "policies/line-b.yaml in the work tree is not what base has: plan shows the work tree, run follows base"
    return a_report(*told, broken(), acted=acted, notes=(note,))


def hostile_row(text: str = HOSTILE) -> Row:
    """A row in which everything that comes from outside is hostile."""
    gray = f"v9{text}"
    destinations = {"v8-stable": DESTINATIONS["v8-stable"], gray: DESTINATIONS["v9-gray"]}
    commits = [replace(a_commit(n, STEP_BEGAN), subject=text, author=text, email=text) for n in (1, 2, 3)]
    points = [Point(commit=c, split=a_split(w), images={}) for c, w in zip(commits, (0, 1, 5), strict=True)]
    timeline = fold(points, candidate=gray, stable="v8-stable", destinations=destinations)
    assert timeline is not None
    hold = a_hold(HoldKind.PAUSE, by=text, reason=text)
    proposal = a_proposal(branch=f"promoter/{text}", candidate=gray, kind=ProposalKind.REVERT)
    situation = a_situation(policy=a_policy(name="yolo", candidates=(gray,)), timeline=timeline)
    situation = replace(
        situation,
        candidate=gray,
        route=replace(situation.route, destinations=destinations),
        view=ForgeView(holds=(hold,), proposals=(proposal,)),
    )
    verdict = success(
        Outcome.INCONCLUSIVE,
        check=text,
        cause=Cause.MALFORMED,
        reason=text,
        query=text,
        note=text,
    )
    health = a_health(verdict, seen=Seen.UNKNOWN, baked=None)
    health = replace(health, applied=replace(health.applied, reason=text, observed=None))
    effects = tuple(Effect(did=did, subject=text, detail=text) for did in Did)
    return Row(
        situation=situation,
        health=health,
        decision=decide(situation, health),
        diff=f"--- a\n+++ b\n@@ -1 +1 @@\n {text}\n",
        outcomes=effects,
    )
