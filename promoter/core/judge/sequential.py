"""Evidence that is valid at every look: likelihood ratios, their mixtures, restarts. Formulas and sources only.

An *e-process* is a wealth that starts at 1 and that no fair game can be expected to raise. By Ville's
inequality (J. Ville, "Étude critique de la notion de collectif", 1939) the chance that it *ever* reaches 1/a,
while the hypothesis it bets against is true, is at most a: look as often as you like. Background: A. Ramdas,
P. Grünwald, V. Vovk, G. Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statistical
Science 38 (2023). A mixture of e-processes is one, and so is one that is capped from above.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log1p
from operator import add, mul, sub
from typing import NamedTuple

# How much worse than the hypothesis the alternatives are (as odds), and how the first stake is spread over them.
TIMES_WORSE = (1.5, 2.2, 4.0, 8.0, 20.0, 80.0)
_WORSE = tuple((math.log(times), times - 1) for times in TIMES_WORSE)
SPREAD = (0.1, 0.27, 0.18, 0.2, 0.17, 0.08)
_SPREAD = tuple(map(math.log, SPREAD))
FIRST_STAKE = 0.9  # of the wealth is staked when evidence begins; the rest is kept for later starts
# One tick takes no more than this: nothing is left then, and larger sums would blur later stakes.
LEAST_NATS = -1e5
MOST_NATS = 500.0  # nothing is worth more than exp of this,
NOTHING = -30.0  # and what is worth less than exp of this counts as nothing
_MOST = exp(MOST_NATS)
AGREE = 2.7  # one tick brings at most 1/2.7 of a proof: two cannot complete it, three can
REOPEN = 4.0  # a new stake is opened whenever this many bad events were to be expected at the limit

MOST_REQUESTS = 1e12
PRIOR_QUANTILES = 12
PRIOR_WIDE = 0.05  # of the prior is spread evenly (in logarithms) over everything below the bar


class Stake(NamedTuple):
    """The part of the wealth that was put in play at one moment, one amount for each alternative.

    `number` counts stakes from 1, `share` is what was put in; one tick multiplies a part at most by exp(`cap`).
    A part now is exp(`base` + the wealth's `gained`).
    """

    number: int
    share: float
    cap: float
    base: tuple[float, ...]

    def worth(self, gained: Sequence[float]) -> float:
        """What its parts are worth together."""
        logs = list(map(add, self.base, gained))
        most = max(logs)
        if most < NOTHING:
            return 0.0
        return sum(map(exp, logs)) if most < MOST_NATS else _MOST


class Wealth(NamedTuple):
    """Stakes in play, how many were opened, the least of their caps, and what was gained since the beginning.

    `gained` has the logarithm of what each alternative's parts were multiplied by, the same for all stakes; what a
    stake was not there for, or its cap kept from it, is taken off its `base`. So a tick costs as much
    as one stake does, whatever their number.
    """

    stakes: tuple[Stake, ...] = ()
    opened: int = 0
    cap: float = math.inf
    gained: tuple[float, ...] = (0.0,) * len(TIMES_WORSE)

    @property
    def worth(self) -> float:
        """What the stakes are worth together now."""
        return sum([one.worth(self.gained) for one in self.stakes])

    @property
    def best(self) -> float:
        """What the best stake has become, for each unit put in: how odd the time since its start looks."""
        return max([one.worth(self.gained) / one.share for one in self.stakes], default=0.0)


def share_of(number: int) -> float:
    """The part of the wealth that the `number`-th stake gets; together they never exceed 1.

    Later ones share what the first leaves as 1/(j(j+1)), whose sum is 1.
    """
    if number == 1:
        return FIRST_STAKE
    return (1 - FIRST_STAKE) / ((number - 1) * number)


def opened(wealth: Wealth, alpha: float) -> Wealth:
    """The wealth with one more stake in play. `alpha` is the error rate that the proof is for.

    The older stakes are thinned out so that a few remain at growing distances: giving one up only loses.
    """
    number = wealth.opened + 1
    share, cap, put = _put(number, alpha)
    stake = Stake(number, share, cap, tuple(map(sub, put, wealth.gained)))
    kept = [old for old in wealth.stakes if (at := old[0]) == 1 or number - at <= at & -at]
    return Wealth((*kept, stake), number, min(wealth.cap, cap), wealth.gained)


@lru_cache(maxsize=1024)
def _put(number: int, alpha: float) -> tuple[float, float, tuple[float, ...]]:
    """A stake's share of the wealth, the most that one tick multiplies it by, and its parts: the last two as logarithms."""
    share = share_of(number)
    parts = tuple([math.log(share) + part for part in _SPREAD])
    return share, -math.log(alpha * share) / AGREE, parts


def played(wealth: Wealth, logs: Sequence[float]) -> Wealth:
    """The wealth after a tick that multiplies each alternative's part by its likelihood ratio, given as logarithm.

    Each part is capped by itself, so that more bad events never leave any part smaller.
    """
    stakes, opened_so_far, cap, gained = wealth
    if stakes and max(logs) > cap:
        most = max(one.cap for one in stakes)
        # Nothing so large is gained that its size blurs what was before.
        logs = [min(log, most) for log in logs]
        stakes = tuple([_capped(one, logs) for one in stakes])
    if min(logs) < LEAST_NATS:
        logs = [max(log, LEAST_NATS) for log in logs]
    return Wealth(stakes, opened_so_far, cap, tuple(map(add, gained, logs)))


def growth(logs: Sequence[float]) -> float:
    """How many times as much a wealth may be worth after such a tick, at most."""
    return exp(min(max(0.0, *logs), MOST_NATS))


def _capped(stake: Stake, logs: Sequence[float]) -> Stake:
    cap = stake.cap
    base = [old - (log - cap) if log > cap else old for old, log in zip(stake.base, logs, strict=True)]
    return Stake(stake.number, stake.share, cap, tuple(base))


@dataclass(frozen=True, slots=True)
class Against:
    """Bets against "the share is at most `limit`": each alternative's log likelihood ratio a bad and a good event.

    For every alternative above the limit the ratio falls in the true share, so the bet is fair at the
    limit and losing below it, however the true share moves from tick to tick.
    """

    bad: tuple[float, ...]
    good: tuple[float, ...]

    @classmethod
    def limit(cls, limit: float) -> Against:
        """Alternatives whose odds are TIMES_WORSE those of the limit."""
        shares = [times * limit / (1 - limit + times * limit) for times in TIMES_WORSE]
        return cls(
            tuple(math.log(share / limit) for share in shares),
            tuple(math.log((1 - share) / (1 - limit)) for share in shares),
        )

    def logs(self, bad: float, good: float) -> list[float]:
        """The logarithm of the likelihood ratio of one tick's counts, for each alternative."""
        if not bad:
            return [good * miss for miss in self.good]
        return [bad * hit + good * miss for hit, miss in zip(self.bad, self.good, strict=True)]


def worse_than(bad: float, total: float, other_bad: float, other_total: float, odds: float) -> list[float]:
    """The log likelihood ratios of one tick for "gray's odds of a bad event are more than `odds` times stable's".

    Given all bad events of both versions in the tick, gray's number of them is at most binomial with gray's
    part of the requests while gray is no worse (the exact hypergeometric law is smaller in the convex order).
    A shock on both cancels; a tick without bad events says nothing.
    """
    every = bad + other_bad
    if not every or not other_total:
        return [0.0] * len(TIMES_WORSE)
    part = odds * total / (odds * total + other_total)
    return [bad * gain - every * log1p(part * more) for gain, more in _WORSE]


@dataclass(frozen=True, slots=True)
class Prior:
    """Where a healthy share is looked for: shares in rising order and the weight of each (they sum to 1).

    `logs` has the logarithms of each weight, of its share, and of what the share leaves of 1.
    """

    shares: tuple[float, ...]
    weights: tuple[float, ...]
    logs: tuple[tuple[float, float, float], ...]

    @classmethod
    def about(cls, reference: float, bar: float) -> Prior:
        """Exponential about `reference`, with a thin even part up to `bar` where the reference is off."""
        close = [
            (-reference * log1p(-(index + 0.5) / PRIOR_QUANTILES), (1 - PRIOR_WIDE) / PRIOR_QUANTILES)
            for index in range(PRIOR_QUANTILES)
        ]
        far, share = [], reference / 2
        while share < bar:
            far.append(share)
            share *= 1.5
        wide = [(share, PRIOR_WIDE / len(far)) for share in far]
        pairs = sorted(pair for pair in (*close, *wide) if pair[0] < 1)
        logs = tuple([(math.log(weight), math.log(share), log1p(-share)) for share, weight in pairs])
        return cls(tuple(share for share, _ in pairs), tuple(weight for _, weight in pairs), logs)

    @property
    def mean(self) -> float:
        """The share that is looked for on average."""
        return math.fsum(map(mul, self.shares, self.weights))

    def below(self, bar: float) -> Below:
        """The bets against "the share is at least `bar`"."""
        level, clean = math.log(bar), log1p(-bar)
        lower = self.logs[: bisect_left(self.shares, bar)]
        return Below(tuple([(weight, share - level, rest - clean) for weight, share, rest in lower]))

    def upper_bound(self, bad: float, total: float, beta: float) -> float:
        """The smallest share that the evidence rules out at error rate `beta`, at any look; 1 where none.

        Found by bisection to a relative 1e-4: the evidence against a share grows with it above bad / total.
        """
        needed = -math.log(beta)
        high = 1 - 1e-9
        if not total or self.below(high).log_evidence(bad, total) < needed:
            return 1.0
        low = max(bad / total, 1e-12)
        while high / low > 1 + 1e-4:
            middle = math.sqrt(low * high)
            if self.below(middle).log_evidence(bad, total) >= needed:
                high = middle
            else:
                low = middle
        return high


@dataclass(frozen=True, slots=True)
class Below:
    """Bets against "the share is at least the bar": log weight, log ratios of a bad and of a good event, each.

    Only shares below the bar bet, so that every bet loses on bad events: the evidence is valid however
    the true share moves while it stays at the bar or above, and it falls with every bad event.
    """

    bets: tuple[tuple[float, float, float], ...]

    def log_evidence(self, bad: float, total: float) -> float:
        """The logarithm of the e-process after `bad` of `total`."""
        good = total - bad
        return log_sum([weight + bad * hit + good * miss for weight, hit, miss in self.bets])

    def requests_until(
        self, enough: float, rate: float, *, bad: float = 0.0, total: float = 0.0
    ) -> int | None:
        """About how many more requests, of which `rate` are bad, bring the evidence to `enough` (a logarithm).

        To a tenth of a percent; None for more than any service has.
        """

        def suffice(more: float) -> bool:
            return self.log_evidence(bad + rate * more, total + more) >= enough

        if suffice(0.0):
            return 0
        high = 1.0
        while not suffice(high):
            high *= 2
            if high > MOST_REQUESTS:
                return None
        low = high / 2
        while high - low > 1 and high / low > 1.001:  # noqa: PLR2004 - to a tenth of a percent
            middle = (low + high) / 2
            low, high = (low, middle) if suffice(middle) else (middle, high)
        return math.ceil(high)


def log_sum(terms: Sequence[float]) -> float:
    """The logarithm of a sum of exponentials; minus infinity for none."""
    most = max(terms, default=-math.inf)
    if math.isinf(most):
        return most
    return most + math.log(sum([exp(term - most) for term in terms]))


def divergence(observed: float, share: float) -> float:
    """Kullback-Leibler divergence of one event with probability `observed` from `share`, in nats."""
    first = observed * math.log(observed / share) if observed > 0 else 0.0
    rest = 1 - observed
    return first + (rest * math.log(rest / (1 - share)) if rest > 0 else 0.0)


def is_beyond(bad: float, total: float, share: float, certainty: float) -> bool:
    """Whether `bad` of `total` is above `share` by more than chance allows with probability `certainty`.

    Chernoff's bound: P(at least k of n) <= exp(-n KL(k/n || p)) for k/n above p (H. Chernoff, Annals of
    Mathematical Statistics 23, 1952).
    """
    if total <= 0 or bad <= share * total:
        return False
    return total * divergence(min(1.0, bad / total), share) >= -math.log(certainty)


def lent(following: float | None, headroom: float) -> float:
    """How many times its budget the candidate may use while it has little weight: 1 + (1/w - 1) h.

    `following` is w, its share (0..1) after the next promotion; None at the top, where nothing is lent.
    """
    return 1 + (1 / (following or 1.0) - 1) * headroom


def bar_of(limit: float, following: float | None, headroom: float) -> float:
    """The bar of a step, B = L (1 + (1/w - 1) h), w the candidate's share (0..1) after the next promotion.

    The whole service stays inside the limit at the next weight even with gray at the bar, as long as stable
    uses at most (1 - h) of the limit. At w = 1, and at the top, the bar is the limit itself.
    """
    if following is None or following >= 1:
        return limit
    return min(limit * lent(following, headroom), (1 + limit) / 2)
