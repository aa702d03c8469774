"""The words of `promoter guard`: one line a finding, and the summary for a pull request's checks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from promoter.core.guard import Finding, Ruling
from promoter.core.weights import format_percent
from promoter.errors import Problem
from promoter.report.numbers import for_markdown, one_line
from promoter.report.reasons import reason_line

LINE = 900
_TOLD = 3  # reasons on one line; `promoter plan` has all of them


def finding_line(finding: Finding) -> str:
    """What a change does and why it may or may not, on one line without its place."""
    subject = one_line(finding.subject)
    if finding.ruling is Ruling.TOTAL:
        return f"the route's weights sum to {finding.after}, and summed to {finding.before}"
    if finding.ruling is Ruling.OTHERS:
        moved = f"{subject} goes from weight {finding.before} to {finding.after}"
        return f"{moved}: it is outside of rollout {one_line(finding.rollout)}"
    if finding.ruling is Ruling.IMAGE:
        percent = format_percent(finding.after)
        return (
            f"other images behind {subject}: they meet {percent} of the traffic at once, with nothing proven"
        )
    moved = f"{subject} goes from {format_percent(finding.before)} to {format_percent(finding.after)}"
    return one_line(f"{moved}: {_why(finding)}", LINE)


def _why(finding: Finding) -> str:
    match finding.ruling:
        case Ruling.DUE:
            return "the step that is due, every check passed"
        case Ruling.INTRODUCED:
            return "another image begins at the first step; nothing is proven of it yet"
        case Ruling.LOWERED:
            return "lowering is always allowed; promoter then holds the rollout until a human resumes"
        case Ruling.OTHER_STEP:
            return f"not the step that is due ({_due(finding)})"
        case Ruling.UNKNOWN:
            return f"whether it is healthy is unknown, so it must not rise: {finding.why or 'no decision'}"
        case _:
            reasons = finding.decision.reasons if finding.decision else ()
            told = "; ".join(reason_line(reason) for reason in reasons[:_TOLD]) or "no decision"
            told += f"; and {len(reasons) - _TOLD} more" if len(reasons) > _TOLD else ""
            kind = finding.decision.kind.value if finding.decision else "error"
            return f"the policy on base does not raise it now ({kind}: {told})"


def aside_line(label: str, version: str, percent: Fraction, *, shadows: bool) -> str:
    """What another route of the resource does past the watched weights. No version: it cannot be read."""
    who = (
        f"{format_percent(percent)} of its traffic to {one_line(version)}"
        if version
        else "traffic nobody can tell where"
    )
    if shadows:
        return one_line(f"{label} matches everything before the rollout's route, and sends {who}", LINE)
    return one_line(f"{label} sends {who}, past the rollout's weights: nothing judges or limits it", LINE)


def _due(finding: Finding) -> str:
    decision = finding.decision
    if decision is None or decision.to is None or finding.dest is None:
        return "none is"
    return format_percent(decision.to.percent(finding.dest))


def guard_markdown(refused: Sequence[Problem], told: Sequence[Problem], *, base: str) -> str:
    """The same findings as a job summary."""
    verdict = "refused" if refused else "nothing stands against this change"
    lines = [f"### promoter guard: {verdict}", "", f"Judged by the policies on base, `{base[:9]}`.", ""]
    lines += [f"- ❌ {_item(problem)}" for problem in refused]
    lines += [f"- ℹ️ {_item(problem)}" for problem in told]  # noqa: RUF001 - an information sign
    return "\n".join(lines).rstrip("\n") + "\n"


def _item(problem: Problem) -> str:
    return for_markdown(str(problem), LINE)
