"""The sequential rule for bad events out of all: one tick's counts after the other, then what they prove."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from promoter.core.judge.bursts import FEWEST, Bursts
from promoter.core.judge.comparison import Comparison, Pair
from promoter.core.judge.sequential import (
    REOPEN,
    Against,
    Below,
    Prior,
    Wealth,
    growth,
    is_beyond,
    opened,
    played,
)

SICK = 1e-3  # stable is over the limit in a tick by more than chance allows this often
# Of its evidence counts "worse than stable" where stable is over the limit, before the step or in it so far.
WHILE_SICK = 0.1
FAR_WORSE = 4.0  # times stable's odds: so much worse than a stable that is over the limit at the same moments
MOST_BORROWED = 2.0  # what the climb's earlier steps showed counts at most as this lead
_LOG_BORROWED = math.log(MOST_BORROWED)
LEAST_TICKS = 4  # a step has at least
LONGEST_WAIT = 4  # ticks that one version's counts wait for the other's, so that both are of the same moments
LEAST_AT_THE_END = 16  # and before all traffic goes to the candidate


class Tick(NamedTuple):
    """Both versions' events between two ticks. `bad` surely was; `doubtful` (>= bad) may have been.

    `stable_doubtful` is what gray's `bad` is compared with: the same as `stable_bad` where both
    versions can be counted alike.
    """

    bad: float
    doubtful: float
    total: float
    stable_bad: float = 0.0
    stable_doubtful: float = 0.0
    stable_total: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What is to be shown about a share: the limit, the bar of this step, and at which error rates.

    `alpha` bounds the chance of ever failing a healthy candidate with this check at this step, `beta`
    that of ever passing one that is at the bar or above. `relative` says that stable carries traffic, so that a
    failure also needs gray to be worse than stable, by more than `odds` times.
    """

    limit: float
    bar: float
    alpha: float
    beta: float
    prior: Prior
    against: Against
    below: Below
    odds: float = 1.0
    relative: bool = True
    least_ticks: int = LEAST_TICKS
    stable_was_sick: bool = False  # over the limit just before the step

    @classmethod
    def of(
        cls,
        limit: float,
        bar: float,
        *,
        alpha: float,
        beta: float,
        reference: float,
        odds: float = 1.0,
        relative: bool = True,
    ) -> Rule:
        """The rule; `reference` is the share of a healthy version, stable's before the step."""
        prior = Prior.about(min(max(reference, limit / 20), limit / 2), bar)
        return cls(
            limit=limit,
            bar=bar,
            alpha=alpha,
            beta=beta,
            prior=prior,
            against=Against.limit(limit),
            below=prior.below(bar),
            odds=odds,
            relative=relative,
        )

    def at(self, *, last: bool, stable_was_sick: bool = False) -> Rule:
        """The rule at a step. `last`: all traffic comes next, or has come."""
        least = LEAST_AT_THE_END if last else LEAST_TICKS
        return replace(self, least_ticks=least, stable_was_sick=stable_was_sick)


class Unmatched(NamedTuple):
    """Counts that wait for the other version's: a scrape may be rarer than a tick, and at another moment."""

    ticks: int = 0
    bad: float = 0.0
    total: float = 0.0
    stable_bad: float = 0.0
    stable_total: float = 0.0

    def and_then(self, tick: Tick) -> Unmatched:
        """With one more tick; what waited too long for nothing is let go."""
        before = self if self.ticks < LONGEST_WAIT else Unmatched()
        return Unmatched(
            before.ticks + 1,
            before.bad + tick.bad,
            before.total + tick.total,
            before.stable_bad + tick.stable_doubtful,
            before.stable_total + tick.stable_total,
        )

    def matched(self) -> tuple[Unmatched, Pair | None]:
        """What goes on waiting, and both versions' counts of the same moments where there are both."""
        if self.total > 0 and self.stable_total > 0:
            return _ALL_MATCHED, self[1:]
        return self, None


_ALL_MATCHED = Unmatched()


class State(NamedTuple):
    """Everything that the ticks so far come to. Counts are of the ticks in which stable was well."""

    ticks: int = 0
    masked: int = 0
    bad: float = 0.0
    doubtful: float = 0.0
    total: float = 0.0
    stable_bad: float = 0.0  # of all ticks
    stable_total: float = 0.0
    over: Wealth = Wealth()
    worse: Comparison = Comparison()
    far_worse: Comparison = Comparison()  # at the moments in which stable was over the limit
    # The most that the evidence for a violation ever was: of the two the weaker one at a tick.
    proof: float = 1.0
    # What `over` is worth at most: it is worked out only where it could be more than ever before.
    most: float = 1.0
    lead: float = 0.0  # the logarithm of what the climb's earlier steps add to the evidence for a pass
    expected: float = 0.0  # bad events at the limit since the last stake was opened
    bursts: Bursts = Bursts()
    unmatched: Unmatched = Unmatched()


class Climb(NamedTuple):
    """What is remembered of the candidate's earlier steps: bursts, and events in ticks in which stable was well."""

    bursts: Bursts = Bursts()
    bad: float = 0.0
    total: float = 0.0


def begin(rule: Rule, climb: Climb | None = None) -> State:
    """The state before the step's first tick."""
    before = climb or Climb()
    shown = math.exp(min(rule.below.log_evidence(before.bad, before.total), _LOG_BORROWED))
    return State(
        over=opened(Wealth(), rule.alpha),
        worse=Comparison(opened(Wealth(), rule.alpha)),
        far_worse=Comparison(opened(Wealth(), rule.alpha)),
        bursts=before.bursts,
        lead=math.log((1 + shown) / 2),
    )


def stable_is_sick(rule: Rule, tick: Tick) -> bool:
    """Whether stable alone is over the limit in this tick: then it says nothing about gray's own share."""
    bad, total = tick.stable_bad, tick.stable_total
    # Asked of every tick, and no calls are needed for nearly all of them.
    return bad > rule.limit * total and is_beyond(bad, total, rule.limit, SICK)


def remembered(rule: Rule, climb: Climb, *ticks: Tick) -> Climb:
    """What is remembered after more ticks of earlier steps."""
    well = [tick for tick in ticks if not stable_is_sick(rule, tick)]
    return Climb(
        _watched(rule, climb.bursts, well, here=False),
        sum([tick.doubtful for tick in well], climb.bad),
        sum([tick.total for tick in well], climb.total),
    )


def advance(rule: Rule, state: State, *ticks: Tick) -> State:
    """The state after more ticks of this step.

    Ticks without a bad event are put together where that is the same: most ticks of a healthy candidate are.
    """
    over, expected, unmatched = state.over, state.expected, state.unmatched
    known, waiting = state.worse.known, list(state.worse.waiting)
    far_worse, proof, most = state.far_worse, state.proof, state.most
    stable_bad, stable_total = state.stable_bad, state.stable_total
    clean, well = 0.0, []
    for tick in ticks:
        bad, _, total, stable, doubtful, other = tick
        hit, reopen = bad or unmatched.bad, expected >= REOPEN
        if clean and (hit or reopen):
            over, clean = played(over, rule.against.logs(0.0, clean)), 0.0
        if reopen:
            over, expected = opened(over, rule.alpha), 0.0
            most += over.stakes[-1].share
            waiting.append(None)
            far_worse = far_worse.renewed()
        if not stable_is_sick(rule, tick):
            well.append(tick)
            if hit:
                logs = rule.against.logs(bad, total - bad)
                over, most = played(over, logs), most * growth(logs)
            else:
                clean += total
        if unmatched.ticks or not total or not other:
            unmatched, pair = unmatched.and_then(tick).matched()
        else:
            pair = (bad, total, doubtful, other)
        if rule.relative and pair and (pair[0] or pair[2]):
            waiting.append(pair)
            far_worse, proof = _far_worse(rule, far_worse, proof, pair)
        stable_bad, stable_total = stable_bad + stable, stable_total + other
        if hit and most > proof and (most := over.worth) > proof:
            if rule.relative:
                known, waiting = Comparison(known, tuple(waiting)).wealth(rule.alpha, rule.odds), []
            proof = max(proof, _both(rule, most, known, stable_bad, stable_total))
        expected += total * rule.limit
    return State(
        ticks=state.ticks + len(ticks),
        masked=state.masked + len(ticks) - len(well),
        bad=sum([tick.bad for tick in well], state.bad),
        doubtful=sum([tick.doubtful for tick in well], state.doubtful),
        total=sum([tick.total for tick in well], state.total),
        stable_bad=stable_bad,
        stable_total=stable_total,
        over=played(over, rule.against.logs(0.0, clean)) if clean else over,
        worse=Comparison(known, tuple(waiting)),
        far_worse=far_worse,
        proof=proof,
        most=most,
        lead=state.lead,
        expected=expected,
        bursts=_watched(rule, state.bursts, well, here=True),
        unmatched=unmatched,
    )


def _watched(rule: Rule, bursts: Bursts, ticks: Sequence[Tick], *, here: bool) -> Bursts:
    """The memory of bursts after these ticks; those that belong to none are only counted."""
    if not bursts.running and not [tick for tick in ticks if tick.bad >= FEWEST]:
        return bursts._replace(ticks=bursts.ticks + len(ticks))  # nearly always
    calm = 0
    for tick in ticks:
        if tick.bad >= FEWEST or bursts.running:
            bursts = bursts.watched(tick.bad, tick.total, rule.limit, here=here)
        else:
            calm += 1
    return bursts._replace(ticks=bursts.ticks + calm)


def _both(rule: Rule, over: float, worse: Wealth, stable_bad: float, stable_total: float) -> float:
    """The weaker of both proofs. Where stable is over the limit itself, "worse than stable" counts a tenth."""
    if not rule.relative:
        return over
    sick = rule.stable_was_sick or is_beyond(stable_bad, stable_total, rule.limit, SICK)
    return min(over, worse.worth * (WHILE_SICK if sick else 1.0))


def _far_worse(rule: Rule, known: Comparison, proof: float, pair: Pair) -> tuple[Comparison, float]:
    """The comparison and the proof after one more moment, which counts where stable is over the limit in it."""
    bad, total, other_bad, other_total = pair
    if other_bad <= rule.limit * other_total or not is_beyond(other_bad, other_total, rule.limit, SICK):
        return known, proof
    odds = FAR_WORSE * rule.odds
    known = Comparison(known.known, (*known.waiting, pair))
    if bad * other_total <= odds * total * other_bad:
        return known, proof  # it adds nothing
    known = Comparison(known.wealth(rule.alpha, odds))
    return known, max(proof, known.known.worth * WHILE_SICK)


def proof_now(rule: Rule, state: State) -> float:
    """The evidence for a violation as it stands now, at least 1: `state.proof` is the most that it ever was."""
    if state.proof <= 1:
        return 1.0  # there never was any
    over, stable = state.over.worth, (state.stable_bad, state.stable_total)
    both = _both(rule, over, worse(rule, state), *stable) if over > 1 else over
    far = state.far_worse.wealth(rule.alpha, FAR_WORSE * rule.odds).worth * WHILE_SICK
    return min(state.proof, max(1.0, both, far))  # a stake opened since is no proof


def worse(rule: Rule, state: State) -> Wealth:
    """What the bets on "gray is worse than stable" have come to."""
    return state.worse.wealth(rule.alpha, rule.odds)


class Standing(StrEnum):
    """What a state comes to; the first that holds, in this order."""

    FAILED = "failed"
    DISTURBED = "disturbed"  # most ticks set aside, or stable is over the limit as well
    TOO_EARLY = "too-early"  # fewer ticks than a step needs
    SUSPECT = "suspect"  # evidence of a violation grows, though it is no proof
    OPEN = "open"  # not proven yet
    BURSTS = "bursts"  # proven request by request, but bursts are over the bar on average
    PROVEN = "proven"


def standing(rule: Rule, state: State) -> Standing:
    """Where the evidence stands now."""
    if failed(rule, state):
        return Standing.FAILED
    if _disturbed(rule, state):
        return Standing.DISTURBED
    if state.ticks - state.masked < rule.least_ticks:
        return Standing.TOO_EARLY
    if suspect(rule, state):
        return Standing.SUSPECT
    if log_within(rule, state) < -math.log(rule.beta):
        return Standing.OPEN
    return Standing.BURSTS if in_bursts(rule, state) else Standing.PROVEN


def in_bursts(rule: Rule, state: State) -> bool:
    """Whether the bursts seen since the candidate's first step come to more than the bar on average."""
    return state.bursts.seen > 0 and state.bursts.average(state.doubtful, state.total) > rule.bar


def failed(rule: Rule, state: State) -> bool:
    """Whether gray was ever proven over the limit and, while stable carries traffic, worse than stable.

    Each at `alpha`, and both at one tick: a candidate that is inside the limit or no worse than stable fools one
    of the two at most that often. Where stable is over the limit itself, the first says nothing of the candidate,
    so the second has to be ten times as sure. At the very moments in which stable is over it, one proof is enough:
    that the candidate is FAR_WORSE times as bad, hence over the limit as well, and ten times as surely. That
    adds at most a tenth of `alpha`.
    """
    return state.proof >= 1 / rule.alpha


def suspect(rule: Rule, state: State) -> bool:
    """Whether some time since a stake was opened looks so bad that a pass would be rash."""
    doubt = 1 / rule.beta
    return state.over.best >= doubt and (not rule.relative or worse(rule, state).best >= doubt)


def log_within(rule: Rule, state: State) -> float:
    """The logarithm of the evidence that the share is below the bar.

    Half is staked on this step alone, half on the whole climb, whose lead at the step's begin counts at most
    MOST_BORROWED times. So a share that does not change with load passes wrongly at most with probability
    `beta`, and one that became too high just here at most with 1.5 times that.
    """
    return rule.below.log_evidence(state.doubtful, state.total) + state.lead


def _disturbed(rule: Rule, state: State) -> bool:
    if state.ticks >= LEAST_TICKS and state.masked * 2 > state.ticks:
        return True
    over = state.total > 0 and state.bad > rule.limit * state.total
    return over and is_beyond(state.stable_bad, state.stable_total, rule.limit, SICK)


def needed(rule: Rule, state: State) -> int | None:
    """About how many more requests prove the bar if they go on like this; None where they never would.

    The rate to come is the one seen, drawn towards the prior's middle while little was seen.
    """
    weight = 1 / rule.bar
    rate = (state.doubtful + min(rule.prior.mean, rule.bar / 2) * weight) / (state.total + weight)
    if rate >= rule.bar:
        return None
    enough = -math.log(rule.beta) - state.lead
    return rule.below.requests_until(enough, rate, bad=state.doubtful, total=state.total)
