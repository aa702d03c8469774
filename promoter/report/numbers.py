"""Numbers, times and untrusted text as people read them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from html import escape

from promoter.report.secrets import redact


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
    """Untrusted text made safe for a terminal's line: no control, direction or line characters, cut short.

    A CI runner does not read it as a command either (`::error::`, `##[group]`), and what looks like a secret is
    hidden.
    """
    near = text[:_FAR]
    seen = near if near.isprintable() else "".join(map(_blanked, near))
    clean = redact(" ".join(seen.split()))
    return _COMMAND.sub(_broken, clean if len(clean) <= limit else clean[: limit - 1] + "…")


def printable(line: str) -> str:
    """One line of an untrusted file as it stands, blanks included, with what does not print made visible."""
    shown = "".join(
        "\ufffd" if _is_unseen(char) and char != "\t" else char for char in redact(line.removesuffix("\r"))
    )
    return _COMMAND.sub(_broken, shown)


def inert(text: str, limit: int = 200) -> str:
    """Untrusted text as plain text that nobody acts on: no mention, reference, link or CI directive.

    For commit messages and chats, where `fixes #1`, `@all` and `[skip ci]` would do something.
    """
    return _LIVE.sub(_broken, one_line(text, limit))


def for_markdown(text: str, limit: int = 200) -> str:
    """Untrusted text as inert markdown: no markup, mentions, references, HTML, links or table breaks."""
    escaped = "".join(_ESCAPED.get(char, char) for char in inert(text, limit))
    return _BLOCK.sub(r"\1\\", escaped)


def for_html(text: str, limit: int = 200) -> str:
    """Untrusted text as inert text of an HTML element, where markdown is not read: a `<summary>`."""
    return escape(inert(text, limit))


def code(text: str, limit: int = 200) -> str:
    """Untrusted text as a code span, also inside a table; as inert as plain text, for nothing reads a span in Git."""
    return f"`{inert(text, limit).translate(_IN_CODE) or ' '}`"


def linked(text: str, url: str) -> str:
    """Inert markdown as a link; the text alone where there is no address, or one that could be more than that."""
    return f"[{text}]({url})" if _ADDRESS.fullmatch(url) else text


_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._~%$&+,;=:@/?#-]*)?")
_FAR = 16_384  # characters that are looked at: more than any line shows
_BREAK = "\u200b"  # a zero-width space: what it stands in reads the same and does nothing
_COMMAND = re.compile(r"##(?=\[)|^\s*:(?=:)")
# Mentions and issue numbers; GH-1; URLs; www. links; [skip ci]; Slack's <!here>; emoji names.
_LIVE = re.compile(
    r"[@#<]|\bGH-(?=\d)|:(?=//)|\bwww(?=\.)|\[(?=(?:skip|ci|no|actions)\b)|:(?=[a-z][a-z0-9_+-]*:)",
    re.IGNORECASE,
)
_ESCAPED = {char: "\\" + char for char in "\\`*_[]|~$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_MOVES, _HIDES = frozenset({"Cc", "Zl", "Zp"}), frozenset({"Cf", "Cs", "Co", "Cn"})
_BLOCK = re.compile(
    r"^(\d{1,9})(?=[.)](?:\s|$))|^(?=[-+=])"
)  # `1. `, `- `: what would begin a list or a rule
_IN_CODE = str.maketrans({"`": "'", "|": "¦"})


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _MOVES | _HIDES


def _blanked(char: str) -> str:
    """The character; a blank for one that moves the cursor, nothing for one that cannot be seen."""
    if not _is_unseen(char):
        return char
    return " " if unicodedata.category(char) in _MOVES else ""


def _broken(found: re.Match[str]) -> str:
    return found[0] + _BREAK
