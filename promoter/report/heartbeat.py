"""The words for the age of the last tick."""

from __future__ import annotations

from promoter.core.heartbeat import Heartbeat
from promoter.report.numbers import duration, for_markdown

_MISSING = (
    "GitHub delays and drops scheduled runs, and stops a public repository's schedule after 60 days without "
    "activity: see the workflow's page, or start it by an outside clock"
)

_SEE = ": see why in the workflow's runs"


def heartbeat_line(heartbeat: Heartbeat) -> str:
    """One sentence on one line, without a full stop."""
    if heartbeat.last is None or heartbeat.age is None:
        if heartbeat.failed:
            return f"no earlier tick is known that ended well; {_runs(heartbeat.failed)} failed{_SEE}"
        return "no tick before this one is known"
    if heartbeat.failed:
        told = (
            f"the last tick that ended well was {duration(heartbeat.age)} ago (run {heartbeat.last.number})"
        )
        since = f"{told}; {_runs(heartbeat.failed)} failed since{_SEE}"
        return f"no tick ends well: {since}" if heartbeat.overdue else since
    told = f"the last tick was {duration(heartbeat.age)} ago (run {heartbeat.last.number})"
    if not heartbeat.overdue:
        return told
    return f"ticks are missing: {told}, one is due every {duration(heartbeat.every)}; {_MISSING}"


def heartbeat_markdown(heartbeat: Heartbeat) -> str:
    """The same as a line of a job summary."""
    sign = "⚠️ " if heartbeat.overdue else ""
    return f"{sign}{for_markdown(heartbeat_line(heartbeat), 600)}\n\n"


def unknown_markdown(why: str) -> str:
    """A line for where it cannot be told."""
    return f"⚠️ The age of the last tick is unknown: {for_markdown(why, 300)}\n\n"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
