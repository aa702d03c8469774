"""What a sequential verdict's numbers mean, in one line; and its evidence over time as a sparkline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

from promoter.core.judge.level import AHEAD, LAST
from promoter.core.judge.quality import FEWEST
from promoter.core.judge.quality import LAST as EVALUATIONS
from promoter.core.judge.verdict import Cause, Outcome, Proof, Verdict
from promoter.core.policy import Unit
from promoter.report.measured import beyond, number, numbers
from promoter.report.numbers import duration

_BARS = "▁▂▃▄▅▆▇█"
_LEAST = 1e-3  # odds below this are told as "less than"
_MOST = 1e6  # odds beyond this are told as "over a million"


def proof_line(verdict: Verdict) -> str | None:
    """The sentence for a verdict of rule `sequential`; None where another one tells more."""
    proof = verdict.proof
    if proof is None or verdict.observed is None or verdict.cause is Cause.NO_DATA:
        return None
    told = _BY_CAUSE.get(verdict.cause)
    return f"{numbers(verdict)}{told(verdict, proof)}" if told else None


def _bound(verdict: Verdict, proof: Proof) -> str:
    """`; at most 0.04% (95%, any look), bar 0.05%`."""
    if proof.bound is None or (verdict.unit is Unit.SHARE and proof.bound >= 1):
        return ""
    word = "at least" if verdict.lower else "at most"
    sure = f"{number(100 * (1 - proof.beta), 4)}%, any look"
    return f"; {word} {_near(proof.bound, proof, verdict)} ({sure}), bar {_plain(proof.bar, verdict)}"


def _near(bound: float, proof: Proof, verdict: Verdict) -> str:
    """A bound with two digits, more where it would look as if it were at the bar."""
    for digits in (2, 3, 4, 6):
        text = _plain(bound, verdict, digits)
        if text != _plain(proof.bar, verdict, digits):
            return text
    return _plain(bound, verdict, 9)


def _plain(value: float, verdict: Verdict, digits: int = 4) -> str:
    scale, unit = (100, "%") if verdict.unit is Unit.SHARE else (1, "")
    return number(scale * value, digits if verdict.unit is Unit.SHARE else max(digits, 3)) + unit


def _proven(verdict: Verdict, proof: Proof) -> str:
    if proof.slope is not None:
        return f": inside, growing by at most {number(max(0.0, proof.slope), 3)} an hour"
    return f"{_bound(verdict, proof)}: " + ("inside" if proof.bound is None else "proven")


def _open(verdict: Verdict, proof: Proof) -> str:
    what = "requests" if verdict.unit is Unit.SHARE else "evaluations"
    more = (
        f"needs about {_rounded(verdict.needed)} more {what}"
        if verdict.needed
        else "would not pass like this"
    )
    return f"{_bound(verdict, proof)}: {more}"


def _rounded(count: int) -> str:
    """Two digits are what an estimate is worth, rounded up."""
    if count < 100:  # noqa: PLR2004 - small counts are told as they are
        return f"{count:,}"
    unit = 10 ** (len(str(count)) - 2)
    return f"{math.ceil(count / unit) * unit:,}"


def two_digits(value: float) -> str:
    """`0.35`, `12`, `7,900`: two significant digits, rounded down."""
    if value < 100:  # noqa: PLR2004 - a float's own digits suffice
        return number(value, 2)
    unit = 10 ** (len(str(int(value))) - 2)
    return f"{int(value // unit * unit):,}"


def _too_early(verdict: Verdict, proof: Proof) -> str:
    del verdict
    if proof.ticks - proof.masked >= proof.least:
        return ": too few readings to tell where it is going"
    return f": {proof.ticks - proof.masked} of {proof.least} ticks so far"


def _failed(verdict: Verdict, proof: Proof) -> str:
    if proof.over is None:
        return f": {beyond(verdict)} in most of the last ticks"
    also = " and worse than stable" if proof.relative else ""
    odds, needed = _odds(proof.over), _needs(proof.alpha)
    return f": {beyond(verdict)}{also}, {odds} against chance (a freeze needs {needed})"


def _worse(verdict: Verdict, proof: Proof) -> str:
    if proof.over is None or verdict.unit is Unit.SHARE:
        return ": worse than stable by more than is allowed"
    return f": worse than stable, {_odds(proof.over)} against chance (a freeze needs {_needs(proof.alpha)})"


def _suspect(verdict: Verdict, proof: Proof) -> str:
    if proof.over is None and verdict.lower:
        return f": the last evaluation is {beyond(verdict)}; a freeze takes {FEWEST} of {EVALUATIONS}"
    if proof.over is None:
        return (
            f": {beyond(verdict)} in {verdict.breaches} of the last {LAST} ticks, neither proven nor failed"
        )
    return f": evidence that it is {beyond(verdict)} grows, and is no proof yet"


def _bursts(verdict: Verdict, proof: Proof) -> str:
    count = "a burst" if proof.bursts == 1 else f"{proof.bursts} bursts"
    average = _plain(proof.average or 0.0, verdict, 2)
    return f": proven request by request, but {count} may come to {average} over time (bar {_plain(proof.bar, verdict)})"


def _growing(verdict: Verdict, proof: Proof) -> str:
    del verdict
    slope, ahead = number(proof.slope or 0.0, 3), duration(timedelta(seconds=AHEAD))
    return f": inside, but it may grow by {slope} an hour and reach the limit within {ahead}"


def _above(verdict: Verdict, proof: Proof) -> str:
    del verdict, proof
    return ": better than stable by more than is believable, check the evaluator"


_BY_CAUSE = {
    Cause.PROVEN: _proven,
    Cause.TOO_FEW: _open,
    Cause.TOO_EARLY: _too_early,
    Cause.OVER_LIMIT: _failed,
    Cause.WORSE_THAN_STABLE: _worse,
    Cause.UNSETTLED: _suspect,
    Cause.BURSTS: _bursts,
    Cause.GROWING: _growing,
    Cause.ABOVE_BAND: _above,
}


def _odds(log10: float) -> str:
    """`2,400 : 1`."""
    odds = 10 ** min(log10, 300.0)
    if odds < _LEAST:
        return "less than 0.001 : 1"
    return "over a million : 1" if odds > _MOST else f"{two_digits(odds)} : 1"


def _needs(rate: float) -> str:
    return f"{number(1 / rate, 3)} : 1"


def evidence_lines(verdict: Verdict) -> list[str]:
    """For `plan -v`: how the evidence grew, what it is worth now, and what a pass or a freeze needs."""
    proof = verdict.proof
    if proof is None or proof.within is None or not proof.trail:
        return []
    rising = sparkline([one.within for one in proof.trail])
    lines = [f"for a pass   {rising}  now {_odds(proof.within)}, needs {_needs(proof.beta)}"]
    if proof.over is not None and verdict.outcome is not Outcome.PASS:
        rising = sparkline([one.over for one in proof.trail])
        lines.append(f"for a freeze {rising}  most {_odds(proof.over)}, needs {_needs(proof.alpha)}")
    return lines


def sparkline(values: Sequence[float]) -> str:
    """Values as bars, from the least to the most of them; what is below nothing (0) counts as nothing."""
    heights = [max(0.0, value) for value in values]
    most = max(heights, default=0.0)
    if most <= 0:
        return _BARS[0] * len(heights)
    return "".join(_BARS[min(len(_BARS) - 1, int(height / most * len(_BARS)))] for height in heights)
