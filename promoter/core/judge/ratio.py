"""A share of bad events from two counters: bad and total, of the candidate and of stable."""

from __future__ import annotations

from collections.abc import Sequence

from promoter.core.ask import counter
from promoter.core.counting import CountingError, Processes, Windows, newest, process_of
from promoter.core.evidence import RawSamples, Series
from promoter.core.judge.counts import Counts, span_of
from promoter.core.judge.material import Material, Missing
from promoter.core.judge.share_evidence import judged_by_evidence
from promoter.core.judge.share_windows import judged
from promoter.core.judge.verdict import Cause, Verdict
from promoter.core.policy import RatioCheck, Rule


def judge_ratio(material: Material, check: RatioCheck) -> Verdict:
    """The verdict on bad / total. Raises Missing where the counters cannot be read.

    No bad series means zero bad events only because the version's own total is present and fresh.
    """
    subject = material.subject
    span = span_of(material)
    gray = _counts(material, check, subject.candidate, span.windows, needed=True)
    sequential = check.rule is Rule.SEQUENTIAL
    needed = material.compares(check.expect) or (sequential and subject.stable_percent > 0)
    stable = _counts(material, check, subject.policy.stable, span.windows, needed=needed)
    if sequential:
        return judged_by_evidence(
            material, span, gray, stable, limit=check.at_most, odds=1 + (check.expect or 0.0)
        )
    return judged(material, span.windows, gray, stable, beyond=_beyond(check, gray, stable))


def _counts(material: Material, check: RatioCheck, version: str, windows: Windows, *, needed: bool) -> Counts:
    subject = material.subject
    all_events = counter(subject, check.total, version)
    total = material.fresh(all_events) if needed else material.series(all_events)
    bad_events = counter(subject, check.bad, version)
    bad = material.series(bad_events)
    if needed:
        _refuse_silent(material, bad, total, bad_events)
    processes = Processes.of((*total, *bad), windows.start)
    try:
        grown = windows.totals(processes.increments(total))
        bad_grown = windows.totals(processes.increments(bad))
    except CountingError as error:
        raise Missing(cause=Cause.MALFORMED, reason=str(error), query=all_events.selector) from error
    return Counts(bad=bad_grown, doubtful=bad_grown, total=grown)


def _refuse_silent(
    material: Material, bad: Sequence[Series], total: Sequence[Series], query: RawSamples
) -> None:
    """Raise Missing where errors are counted by exporters of their own, and none of those answers any more.

    Errors that a process counts beside its requests may rightly end: with the process.
    """
    counting = {label for one in total for label in process_of(one)}
    last = newest(one for one in bad if counting.isdisjoint(process_of(one)))
    if last is not None:
        material.refuse_stale(last, query)


def _beyond(check: RatioCheck, gray: Counts, stable: Counts) -> list[bool]:
    """The windows in which gray's share is beyond stable's plus its known cost."""
    if check.expect is None:
        return []
    least = check.threshold.min_samples
    return [
        n >= least and m >= least and k / n > (1 + check.expect) * max(s / m, check.at_most)
        for k, n, s, m in zip(gray.bad, gray.total, stable.bad, stable.total, strict=True)
    ]
