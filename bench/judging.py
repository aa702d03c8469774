"""CPU seconds to judge N rollouts of four checks whose step is four hours old, in ticks of 30 s.

The baseline of the same run is the least that any judge must do with these samples: read each of them once and
add them up. Real answers are used: raw samples of two pods a version, Istio's twenty bucket edges, a reading of
mAP every two minutes and of GPU memory every 30 s.

    python -m bench.judging [--rollouts 1000]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from promoter.core.ask import ask
from promoter.core.evidence import Answer, Answers, InstantValue, Query, RangeValues, RawSamples, Series
from promoter.core.judge.judge import judge
from promoter.core.subject import Subject
from promoter.policy.read import read_policy

AT = datetime(2026, 1, 7, 9, 0, tzinfo=UTC)
BEGAN = AT - timedelta(hours=4)
SCRAPE = 30.0
RATE = 20.0  # requests a second of both versions together
EDGES = ("0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "30000",
         "60000", "300000", "600000", "1.8e+06", "3.6e+06", "+Inf")  # fmt: skip

POLICY = """\
version: 1
name: yolo-detection
route: {file: m.yaml, kind: VirtualService, name: yolo}
stable: v8-stable
candidates: [v9-gray]
checks:
  success-rate:
    bad: 'istio_requests_total{destination_version="$version", response_code=~"5.."}'
    total: 'istio_requests_total{destination_version="$version"}'
    at_most: 0.05%
  p99-latency: {histogram: 'istio_request_duration_milliseconds{destination_version="$version"}', quantile: 0.99, at_most: 50ms}
  map50: {gauge: 'avg(yolo_map50{version="$version"})', at_least: 36.0, within: 2%}
  gpu-memory: {gauge: 'avg(DCGM_FI_DEV_FB_USED{version="$version"})', growth_at_most: 15%}
"""


def a_subject() -> Subject:
    policy = read_policy("policies/yolo.yaml", POLICY.encode())
    return Subject(
        policy=policy,
        candidate="v9-gray",
        percent=Fraction(20),
        before=Fraction(5),
        following=Fraction(50),
        stable_percent=Fraction(80),
        changed_at=BEGAN,
        since=BEGAN,
        at=AT,
        climbing_since=BEGAN - timedelta(hours=1),
        began=BEGAN,
    )


def a_counter(start: float, part: float, *, gray: bool, **labels: str) -> Series:
    """A pod's counter of a `part` of its version's requests, which come evenly."""
    served, times, values = 0.0, [], []
    moment = start
    while moment <= AT.timestamp():
        share = (0.2 if moment > BEGAN.timestamp() else 0.05) if gray else 0.8
        served += RATE * SCRAPE * share / 2
        times.append(moment)
        values.append(float(round(served * part)))
        moment += SCRAPE
    return Series(tuple(sorted(labels.items())), tuple(times), tuple(values))


def samples(query: RawSamples) -> Iterator[Series]:
    gray = "v9-gray" in query.selector
    for pod in ("a", "b"):
        if "_bucket" in query.selector:
            for edge in EDGES:
                part = min(1.0, float(edge) / 45) if float(edge) < 50 else 0.997 if edge == "50" else 1.0
                yield a_counter(query.start, part, gray=gray, pod=pod, le=edge)
        elif "5.." in query.selector:
            yield a_counter(query.start, 0.0001, gray=gray, pod=pod, response_code="503")
        elif "_count" in query.selector:
            yield a_counter(query.start, 1.0, gray=gray, pod=pod)
        else:
            yield a_counter(query.start, 0.9999, gray=gray, pod=pod, response_code="200")


def readings(rng: random.Random, query: RangeValues) -> Series:
    mean, error, every = (37.4, 0.3, 4) if "map50" in query.expr else (2_200.0, 15.0, 1)
    count = int((query.end - query.start) / query.step) + 1
    values = [rng.gauss(mean, error) for _ in range(count // every + 1)]
    times = tuple(query.start + query.step * index for index in range(count))
    return Series((), times, tuple(values[index // every] for index in range(count)))


def the_answers(subject: Subject) -> Answers:
    rng = random.Random(8)
    found: dict[Query, Answer] = {}
    for query in ask(subject):
        match query:
            case RawSamples():
                found[query] = Answer(tuple(samples(query)))
            case RangeValues():
                found[query] = Answer((readings(rng, query),))
            case InstantValue():
                found[query] = Answer((Series((), (query.at,), (query.at - 5,)),))
    return found


def read_once(answers: Answers) -> float:
    """The baseline: every sample looked at and added up."""
    total = 0.0
    for answer in answers.values():
        assert isinstance(answer, Answer)  # noqa: S101 - they are all made here
        for series in answer.series:
            for value in series.values:
                total += value
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rollouts", type=int, default=1000)
    rollouts = parser.parse_args().rollouts
    subject = a_subject()
    answers = the_answers(subject)
    health = judge(subject, answers)
    print(f"verdicts: {', '.join(f'{v.check} {v.outcome.value}' for v in health.verdicts)}")
    batches, baselines = [], []
    for _ in range(5):
        began = time.process_time()
        for _ in range(rollouts // 5):
            judge(subject, answers)
        batches.append((time.process_time() - began) * 5)
        began = time.process_time()
        for _ in range(max(1, rollouts // 50)):
            read_once(answers)
        baselines.append((time.process_time() - began) / max(1, rollouts // 50) * rollouts)
    took, least = statistics.median(batches), statistics.median(baselines)
    count = sum(len(s.values) for a in answers.values() if isinstance(a, Answer) for s in a.series)
    print(f"{rollouts:,} rollouts of 4 checks, 480 ticks, {count:,} samples each")
    print(
        f"judging {took:.1f} s of CPU, {1000 * took / rollouts:.1f} ms a rollout; {took / least:.1f} x reading the samples"
    )


if __name__ == "__main__":
    main()
