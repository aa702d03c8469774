"""The written policy → core values: defaults that depend on each other, units, PromQL, the kinds of checks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

from promoter.core.policy import (
    After,
    Bake,
    Check,
    Experiment,
    JudgeSettings,
    Merge,
    MetricsSettings,
    OnFail,
    Policy,
    RatioCheck,
    Rule,
    Step,
    Threshold,
)
from promoter.core.promql import Template
from promoter.core.route import RouteRef, WorkloadRef
from promoter.policy import promql, written
from promoter.policy.checks import CheckError, read_check
from promoter.policy.source import Path

# Which requests are this version's, seen by the proxy in front of it (Istio's standard metrics).
REQUESTS = 'istio_requests_total{reporter="destination", destination_version="$version"}'
MOST_STEPS = 200


@dataclass(slots=True)
class Meaning:
    """The policy, or what keeps it from meaning anything: path and message of each problem."""

    policy: Policy | None = None
    problems: list[tuple[Path, str]] = field(default_factory=list)


def mean(file: str, source: written.WrittenPolicy) -> Meaning:
    """What a policy means. Everything that does not fit is collected."""
    meaning = Meaning()
    steps = _steps(meaning, source)
    checks = tuple(_checks(meaning, source))
    _consistent(meaning, file, source)
    if meaning.problems:
        return meaning
    meaning.policy = Policy(
        name=source.name,
        file=file,
        route=RouteRef(**dict(source.route)),
        stable=source.stable,
        candidates=tuple(source.candidates),
        workloads=tuple(
            (version, WorkloadRef(**dict(workload))) for version, workload in source.workloads.items()
        ),
        steps=steps,
        merge=Merge(source.merge),
        bake=Bake(min=source.bake.min, max=source.bake.max),
        settle=source.settle,
        apply_deadline=source.apply_deadline,
        on_fail=OnFail(source.on_fail),
        windows=tuple(source.windows),
        after=tuple(After(rollout=a.rollout, percent=a.weight, bake=a.bake) for a in source.after),
        judge=JudgeSettings(
            alpha=float(source.judge.alpha), beta=float(source.judge.beta), headroom=source.judge.headroom
        ),
        metrics=MetricsSettings(
            step=source.prometheus.step,
            tenant=source.prometheus.tenant,
            freshness=source.prometheus.freshness,
        ),
        requests=source.applied.requests if source.applied else _requests(checks),
        ready=source.ready,
        checks=checks,
        experiment=_experiment(source),
        notify=tuple(source.notify),
        dispatch=source.on_freeze.dispatch if source.on_freeze else None,
    )
    return meaning


def _requests(checks: tuple[Check, ...]) -> Template:
    """The counter to see the split by, where none is named: the first one that a check counts all requests with."""
    totals = (check.total for check in checks if isinstance(check, RatioCheck))
    return next(totals, promql.read_selector(REQUESTS))


def _steps(meaning: Meaning, source: written.WrittenPolicy) -> tuple[Step, ...]:
    if isinstance(source.steps, written.StepRange):
        ladder = source.steps
        count = int((ladder.to - ladder.start) / ladder.by) + 1 if ladder.to >= ladder.start else 0
        if not 0 < count <= MOST_STEPS:
            meaning.problems.append(
                (("steps",), f"makes {max(count, 0)} steps; 1 to {MOST_STEPS} are allowed")
            )
            return ()
        percents = [ladder.start + ladder.by * index for index in range(count)]
        if percents[-1] < ladder.to:
            percents.append(ladder.to)  # the ladder ends where it says, though `by` does not divide it
        return tuple(Step(percent=percent) for percent in percents)
    steps = tuple(_step(rung) for rung in source.steps)
    for index, step in enumerate(steps):
        if step.bake is not None and step.bake > source.bake.max:
            meaning.problems.append((("steps", index, "bake"), "is longer than bake.max: nothing could pass"))
    for index, (lower, higher) in enumerate(pairwise(steps), 1):
        if higher.percent <= lower.percent:
            message = f"steps must rise, and {float(higher.percent):g} follows {float(lower.percent):g}"
            meaning.problems.append((("steps", index), message))
    return steps


def _step(rung: Fraction | written.Step) -> Step:
    if isinstance(rung, Fraction):
        return Step(percent=rung)
    return Step(percent=rung.weight, merge=Merge(rung.merge) if rung.merge else None, bake=rung.bake)


def _checks(meaning: Meaning, source: written.WrittenPolicy) -> list[Check]:
    default = threshold(source.judge.threshold or written.Threshold())
    found = []
    for name, check in source.checks.items():
        path: Path = ("checks", name)
        rule = Rule(check.rule or source.judge.rule)
        if rule is Rule.SEQUENTIAL and (
            check.threshold or (source.judge.threshold and not _any_threshold(source))
        ):
            at = (*path, "threshold") if check.threshold else ("judge", "threshold")
            told = "has no effect under rule: sequential; write rule: threshold beside it, or leave it out"
            meaning.problems.append((at, told))
            continue
        limits = threshold(check.threshold) if check.threshold else default
        at = (*path, "threshold") if check.threshold else ("judge", "threshold")
        if limits.breaches > limits.last:
            meaning.problems.append(
                (at, f"breaches ({limits.breaches}) cannot be more than last ({limits.last})")
            )
        if rule is Rule.THRESHOLD and limits.window < source.prometheus.step:
            meaning.problems.append((at, "window must be at least prometheus.step"))
        if rule is Rule.THRESHOLD and limits.window * limits.last > source.bake.max:
            meaning.problems.append((at, "the windows together are longer than bake.max: nothing could pass"))
        try:
            on_fail = check.on_fail or source.on_fail
            found.append(read_check(name, check, on_fail=on_fail, rule=rule, limits=limits))
        except CheckError as error:
            meaning.problems.append(((*path, *error.keys), str(error)))
    return found


def _any_threshold(source: written.WrittenPolicy) -> bool:
    """Whether some check is judged by windows, so that their common settings have an effect."""
    return any((check.rule or source.judge.rule) == "threshold" for check in source.checks.values())


def threshold(source: written.Threshold) -> Threshold:
    """The rule's numbers as core values."""
    return Threshold(
        window=source.window, last=source.last, breaches=source.breaches, min_samples=source.min_samples
    )


def _consistent(meaning: Meaning, file: str, source: written.WrittenPolicy) -> None:
    """What single fields cannot know of each other."""
    complain = meaning.problems.append
    for name, count in Counter([source.stable, *source.candidates]).items():
        if count > 1:
            complain((("candidates",), f"{name} is named more than once among stable and candidates"))
    for version in source.workloads:
        if version not in (source.stable, *source.candidates):
            complain((("workloads", version), f"{version} is neither stable nor a candidate"))
    _times(meaning, source)
    if source.route.file == file:
        complain((("route", "file"), "names this policy itself"))
    for index, after in enumerate(source.after):
        if after.rollout == source.name:
            complain((("after", index, "rollout"), "a rollout cannot wait for itself"))


def _times(meaning: Meaning, source: written.WrittenPolicy) -> None:
    """Durations that only make sense together, or above a second."""
    complain = meaning.problems.append
    if source.bake.min > source.bake.max:
        complain((("bake",), "min is longer than max: nothing could pass"))
    second = timedelta(seconds=1)
    for path, value in (
        (("prometheus", "step"), source.prometheus.step),
        (("prometheus", "freshness"), source.prometheus.freshness),
        (("apply_deadline",), source.apply_deadline),
    ):
        if value < second:
            complain((path, "must be a second or more"))


def _experiment(source: written.WrittenPolicy) -> Experiment | None:
    if source.experiment is None:
        return None
    objective = source.experiment.objective
    return Experiment(
        hold_at=source.experiment.hold_at,
        objective=objective.metric if objective else None,
        maximize=objective is None or objective.direction == "maximize",
    )
