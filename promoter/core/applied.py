"""Does traffic follow the weights? The observed split held against the old one and the new one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from promoter.core.ask import split
from promoter.core.counting import CountingError, Processes, Windows, newest
from promoter.core.evidence import Answers, Series, Unknown
from promoter.core.subject import Applied, Seen, Subject

CERTAIN = math.log(100)  # the new share must explain the counts a hundred times better than the old one
LEAST = 1e-4  # a share of 0 still explains one stray request in 10,000
TAIL = 10  # windows at the end that may not contradict what was applied before
STRAY = 0.02  # stable's part of the requests that is no contradiction to a candidate at 100 %


def applied(subject: Subject, answers: Answers) -> Applied:
    """Whether, and since when, the split on base is what traffic does.

    The start is the change point that maximises the log-likelihood ratio of the new share against the
    old one over the windows after it (E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954).
    The share seen since then must also be near the weight, so that a wrong route is not taken for it.
    """
    if subject.percent == 0:
        return Applied(seen=Seen.NOT_ASKED, since=subject.changed_at)
    found: list[tuple[Series, ...]] = []
    for query in split(subject):
        answer = answers.get(query, Unknown("was not asked"))
        if isinstance(answer, Unknown):
            return Applied(seen=Seen.UNKNOWN, reason=answer.reason)
        found.append(answer.series)
    stable, gray = found
    silent = _silent(subject, stable, gray)
    if silent is not None:
        return Applied(seen=Seen.UNKNOWN, reason=silent)
    return _seen(subject, stable, gray)


def _silent(subject: Subject, stable: tuple[Series, ...], gray: tuple[Series, ...]) -> str | None:
    """Why the counts say nothing about now: one side that fell silent would make the other's share look right.

    A version that has no weight, or was never counted, may be silent: the share tells.
    """
    versions = {"": (*stable, *gray), f" of {subject.candidate}": gray}
    if subject.stable_percent:
        versions[f" of {subject.policy.stable}"] = stable
    for version, series in versions.items():
        last = newest(series)
        if last is None and not version:
            return "no requests are counted for either version"
        age = subject.at.timestamp() - last if last is not None else 0.0
        if age > subject.policy.metrics.freshness.total_seconds():
            return f"the newest request count{version} is {age:.0f} s old"
    return None


def _seen(subject: Subject, stable: tuple[Series, ...], gray: tuple[Series, ...]) -> Applied:
    step = subject.policy.metrics.step.total_seconds()
    start = subject.changed_at.timestamp()
    read_from = min((s.times[0] for s in (*stable, *gray) if s.times), default=start)
    start = max(start, read_from - step)
    windows = Windows.complete(start, step, subject.at.timestamp())
    processes = Processes.of((*stable, *gray), start)
    try:
        grays = windows.totals(processes.increments(gray))
        stables = windows.totals(processes.increments(stable))
    except CountingError as error:
        return Applied(seen=Seen.UNKNOWN, reason=str(error))
    first = _change_point(subject, grays, stables)
    if first is None:
        return _not_yet(subject, grays, stables)
    requests, observed = _share(grays[first:], stables[first:])
    if not requests or abs(observed - subject.share) > _tolerance(subject.share, requests):
        return _not_yet(subject, grays[first:], stables[first:])
    since = datetime.fromtimestamp(windows.bounds(first)[0], UTC)
    return Applied(
        seen=Seen.APPLIED,
        since=max(since, subject.changed_at),
        observed=100 * observed,
        requests=round(requests),
    )


def _change_point(subject: Subject, grays: Sequence[float], stables: Sequence[float]) -> int | None:
    """The first window that follows the present share; None where the old share explains it as well."""
    old = subject.share_before
    if old is None:
        return 0
    before, now = _inside(old), _inside(subject.share)
    gain, loss = math.log(now / before), math.log((1 - now) / (1 - before))
    scores = [gray * gain + stable * loss for gray, stable in zip(grays, stables, strict=True)]
    best, first, total = 0.0, None, 0.0
    for index in range(len(scores) - 1, -1, -1):
        total += scores[index]
        if total > best:
            best, first = total, index
    if best < CERTAIN or sum(scores[-TAIL:]) < -CERTAIN:
        return None
    return first


def _not_yet(subject: Subject, grays: Sequence[float], stables: Sequence[float]) -> Applied:
    requests, observed = _share(grays[-TAIL:], stables[-TAIL:])
    percent = 100 * observed
    if not requests:
        reason = "no requests were counted lately"
    elif not observed:
        reason = f"none of the last {requests:,.0f} requests reached {subject.candidate}"
    else:
        reason = f"{percent:.3g}% of the last {requests:,.0f} requests reached {subject.candidate}"
    return Applied(
        seen=Seen.NOT_YET, observed=percent if requests else None, requests=round(requests), reason=reason
    )


def _share(grays: Sequence[float], stables: Sequence[float]) -> tuple[float, float]:
    gray, total = sum(grays), sum(grays) + sum(stables)
    return total, gray / total if total else 0.0


def _tolerance(share: float, requests: float) -> float:
    """Four standard deviations of a fair draw, or half of the smaller side: routing by device comes in lumps."""
    deviation = math.sqrt(share * (1 - share) / requests)
    return max(4 * deviation, 0.5 * min(share, 1 - share), STRAY if share in (0.0, 1.0) else 0.0)


def _inside(share: float) -> float:
    return min(1 - LEAST, max(LEAST, share))
