"""A verdict's numbers in its unit: never rounded to or across the limit they are compared with."""

from __future__ import annotations

from promoter.core.judge.verdict import Verdict
from promoter.core.policy import Unit

LIMIT_DIGITS = 6  # a limit stands as the policy wrote it


def numbers(verdict: Verdict) -> str:
    """Observed, out of how many, against which limit, and stable's."""
    parts = [shown(verdict.observed, verdict)]
    if verdict.unit is Unit.SHARE:
        parts = [_share(verdict)]
    if verdict.limit is not None:
        word = "at least" if verdict.lower else "limit"
        parts.append(f"({word} {shown(verdict.limit, verdict)})")
    text = " ".join(parts)
    return f"{text}, stable {shown(verdict.stable, verdict)}" if verdict.stable is not None else text


def _share(verdict: Verdict) -> str:
    """How many of the requests were slow, or bad."""
    share = f"{shown(verdict.observed, verdict)} of {verdict.samples:,} requests"
    if verdict.edge is not None:
        return f"over {number(verdict.edge, 4)} {verdict.edge_unit.value}".rstrip() + f": {share}"
    return f"bad: {share}" if verdict.observed is None else f"{share} bad"  # "nothing bad" would be a verdict


def beyond(verdict: Verdict) -> str:
    """Which side of the limit is the wrong one."""
    return "below the limit" if verdict.lower else "over the limit"


def shown(value: float | None, verdict: Verdict) -> str:
    """A value in the verdict's unit; never rounded to or across the limit it is compared with."""
    if value is None:
        return "nothing"
    scale, unit = (100, "%") if verdict.unit is Unit.SHARE else (1, f" {verdict.unit.value}".rstrip())
    if verdict.limit is None:
        return number(scale * value, 3) + unit
    limit = number(scale * verdict.limit, LIMIT_DIGITS)
    if value == verdict.limit:
        return limit + unit
    texts = [number(scale * value, digits) for digits in (3, 4, 6, 9, 12, 17)]
    apart = (text for text in texts if _side(text, limit) == (value > verdict.limit))
    return next(apart, texts[-1]) + unit


def _side(text: str, limit: str) -> bool | None:
    """Whether a number as shown is above its limit as shown; None where they look the same."""
    number, other = (float(shown.replace(",", "")) for shown in (text, limit))
    return None if number == other else number > other


def number(value: float, digits: int) -> str:
    """Significant digits without an exponent, thousands separated."""
    if abs(value) >= 10**digits:
        return f"{value:,.0f}"
    text = f"{value:,.{digits}g}"
    return text if "e" not in text else f"{value:.{digits + 6}f}".rstrip("0").rstrip(".")
