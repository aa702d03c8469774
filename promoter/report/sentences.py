"""The one line that explains a verdict, and the one that says whether the split is applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from promoter.core.judge.verdict import Cause, Outcome, Verdict, WindowReading
from promoter.core.policy import Unit
from promoter.core.subject import Applied, Seen
from promoter.core.weights import format_percent
from promoter.report.measured import beyond, numbers, shown
from promoter.report.numbers import duration, one_line
from promoter.report.proofs import proof_line


def verdict_line(verdict: Verdict) -> str:
    """One sentence without a full stop, and without the check's name."""
    told = proof_line(verdict) or _LINES.get(verdict.cause, _measured)(verdict)
    if verdict.eta is not None and verdict.outcome is Outcome.INCONCLUSIVE:
        told += f"; about {duration(verdict.eta)} more"
    return f"{told} ({one_line(verdict.note)})" if verdict.note else told


def _measured(verdict: Verdict) -> str:
    """Observed against the limit, stable beside it, and what the windows say."""
    return f"{numbers(verdict)}: {_conclusion(verdict)}"


def _conclusion(verdict: Verdict) -> str:
    windows = _windows(verdict.windows)
    match verdict.cause:
        case Cause.WITHIN_LIMIT:
            return f"within the limit in {verdict.windows - verdict.breaches} of {windows}"
        case Cause.WORSE_THAN_STABLE:
            return f"worse than stable in {verdict.breaches} of {windows}"
        case Cause.ABOVE_BAND:
            return "better than stable by more than is believable, check the evaluator"
        case Cause.UNSETTLED:
            return f"{beyond(verdict)} in {verdict.breaches} of {windows}, neither proven nor failed"
        case _:
            return f"{beyond(verdict)} in {verdict.breaches} of {windows}"


def _too_early(verdict: Verdict) -> str:
    if not verdict.windows:
        return "nothing counted yet"
    seen = f"{verdict.windows} of {_windows(verdict.windows_needed)}"
    return f"{numbers(verdict)}: {seen} so far" if verdict.observed is not None else f"{seen} so far"


def _too_few(verdict: Verdict) -> str:
    what = "requests" if verdict.unit is Unit.SHARE else "readings"
    more = f"about {verdict.needed:,} more {what}" if verdict.needed else f"more {what}"
    return f"needs {more}, has {verdict.samples:,} in {_windows(verdict.windows)}"


def _windows(count: int) -> str:
    return f"{count} window" + ("" if count == 1 else "s")


def _environment(verdict: Verdict) -> str:
    head = f"environment: stable is {beyond(verdict)} at the same time"
    proof = verdict.proof
    if proof is None or not proof.masked or verdict.stable is None:
        return f"{head} ({numbers(verdict)})"
    apart = f"{proof.masked} of {proof.ticks} ticks are set aside"
    return f"{head}: {shown(verdict.stable, verdict)} ({numbers(replace(verdict, stable=None))}; {apart})"


def _no_data(verdict: Verdict) -> str:
    if verdict.query is None:
        return "no data in some of the last windows"
    return f"no data: {_reason(verdict)}"


def _unknown(verdict: Verdict) -> str:
    word = {Cause.STALE: "stale", Cause.MALFORMED: "unusable"}.get(verdict.cause, "unknown")
    return f"{word}: {_reason(verdict)}"


def _reason(verdict: Verdict) -> str:
    query = f" for {one_line(verdict.query, 160)}" if verdict.query else ""
    return f"{one_line(verdict.reason or 'no answer')}{query}"


def _ready(verdict: Verdict) -> str:
    up, known = verdict.observed or 0, verdict.limit or 0
    return f"{up:.0f} of {known:.0f} targets are up"


def _not_asked(_: Verdict) -> str:
    return "not asked at 0%: there are no requests to judge"


_LINES = {
    Cause.TOO_EARLY: _too_early,
    Cause.TOO_FEW: _too_few,
    Cause.ENVIRONMENT: _environment,
    Cause.NO_DATA: _no_data,
    Cause.STALE: _unknown,
    Cause.MALFORMED: _unknown,
    Cause.UNREACHABLE: _unknown,
    Cause.NOT_ASKED: _not_asked,
    Cause.READY: _ready,
    Cause.NOT_READY: _ready,
}


def window_line(reading: WindowReading, verdict: Verdict) -> str:
    """One window's numbers: `08:30:00-08:32:00  3 of 2,000, stable 1 of 38,000: over`."""
    span = "-".join(f"{datetime.fromtimestamp(edge, UTC):%H:%M:%S}" for edge in (reading.start, reading.end))
    if reading.value is not None or reading.stable_value is not None:
        gray, stable = shown(reading.value, verdict), shown(reading.stable_value, verdict)
    else:
        gray, stable = _share(reading.bad, reading.total), _share(reading.stable_bad, reading.stable_total)
    if verdict.proof is not None and reading.value is not None:
        return f"{span}  {gray}, stable {stable}"  # no window of a reading is judged by itself
    judged = {True: beyond(verdict), False: "within", None: "says nothing"}[reading.breach]
    return f"{span}  {gray}, stable {stable}: {judged}"


def _share(bad: float | None, total: float | None) -> str:
    return "nothing" if total is None else f"{bad or 0:,.0f} of {total:,.0f}"


def applied_line(applied: Applied, percent: Fraction) -> str:
    """Whether traffic follows the weights, with the observed share."""
    told = format_percent(percent)
    observed = (
        f"{applied.observed:.3g}% of {applied.requests:,} requests" if applied.observed is not None else ""
    )
    match applied.seen:
        case Seen.APPLIED:
            return f"split applied: {observed} (weight {told})" if observed else "split applied"
        case Seen.NOT_YET:
            return f"split not applied yet: {one_line(applied.reason or observed)}"
        case Seen.UNKNOWN:
            return f"split unknown: {one_line(applied.reason or 'not asked')}"
        case Seen.NOT_ASKED:
            return "no traffic is expected at 0%"
