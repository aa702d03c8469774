"""Numbers, times and untrusted text as people read them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta


def duration(seconds: float | timedelta) -> str:
    """`45 s`, `12 min`, `2 h 30 min`, `3 d 4 h`: two units at most, rounded."""
    total = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    if total < 90:  # noqa: PLR2004 - a minute and a half still reads well in seconds
        return f"{total} s"
    minutes = round(total / 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, hours = divmod(round(minutes / 60), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def moment(when: datetime | float) -> str:
    """A time in UTC to the minute: `2026-01-07 08:19 UTC`."""
    at = when if isinstance(when, datetime) else datetime.fromtimestamp(when, UTC)
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def rfc3339(when: datetime) -> str:
    """A time as RFC 3339 in UTC with whole seconds: `2026-01-07T08:19:39Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def one_line(text: str, limit: int = 200) -> str:
    """Untrusted text made safe for a terminal line: no control, direction or line characters, cut short."""
    clean = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    clean = "".join(char for char in clean if unicodedata.category(char) not in {"Cf", "Cs", "Co", "Cn"})
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def for_markdown(text: str, limit: int = 200) -> str:
    """Untrusted text as inert markdown: no markup, mentions, references, HTML, links or table breaks."""
    return "".join(_INERT.get(char, char) for char in one_line(text, limit))


# A zero-width space after # and @ keeps references ("fixes #1") and mentions from being acted on.
_INERT = {char: "\\" + char for char in "\\`*_{}[]()+!|~$"} | {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "#": "#\u200b",
    "@": "@\u200b",
    ":": ":\u200b",
}
