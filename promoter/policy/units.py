"""Shares, durations, steps and windows as a policy writes them → values."""

from __future__ import annotations

import difflib
import re
from datetime import time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from promoter.core.policy import Window

_PERCENT = re.compile(r"([+-]?)(\d+(?:\.\d+)?)\s*%")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {
    unit: Fraction(text)
    for unit, text in (("ms", "0.001"), ("s", "1"), ("m", "60"), ("h", "3600"), ("d", "86400"))
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WINDOW = re.compile(r"(\S+) (\d{1,2}:\d{2})-(\d{1,2}:\d{2}) (\S+)")
_MOST = timedelta(days=366)


class UnitError(ValueError):
    """A value without its unit, or with a wrong one; says what is expected."""


def read_percent(value: object, *, signed: bool = False) -> Fraction:
    """`5%` → 1/20, exactly. `+100%` where `signed`."""
    match = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or (match[1] and not signed):
        raise UnitError(f"{_shown(value)} is no share; write it like {'+100%' if signed else '0.05%'}")
    share = Fraction(match[2]) / 100
    return -share if match[1] == "-" else share


def read_duration(value: object) -> timedelta:
    """`90s`, `10m`, `1h30m`, `7d`, `50ms` → timedelta; not negative, a year at most."""
    text = value.strip() if isinstance(value, str) else ""
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UnitError(f"{_shown(value)} is no duration; write it like 90s, 10m, 2h or 1h30m")
    seconds = sum((Fraction(number) * _SECONDS[unit] for number, unit in parts), Fraction(0))
    if seconds > _MOST.total_seconds():
        raise UnitError(f"{_shown(value)} is longer than a year")
    return timedelta(microseconds=int(seconds * 1_000_000))


def read_step(value: object) -> Fraction:
    """`5`, `0.1` or `5%` → percent of the route's total; above 0, 100 at most."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        percent = Fraction(value)
    elif isinstance(value, str) and value.strip().endswith("%"):
        percent = read_percent(value) * 100
    else:
        raise UnitError(f"{_shown(value)} is no step; write the percentage, like 5")
    if not 0 < percent <= 100:  # noqa: PLR2004 - percent
        raise UnitError(f"a step is above 0 and at most 100, not {_shown(value)}")
    return percent


def read_window(value: object) -> Window:
    """`Mon-Fri 09:00-18:00 Asia/Shanghai` → the weekly window."""
    match = _WINDOW.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise UnitError(f"{_shown(value)} is no window; write it like Mon-Fri 09:00-18:00 Asia/Shanghai")
    start, end = _clock(match[2]), _clock(match[3])
    if start == end:
        raise UnitError(f"the window {_shown(value)} is empty: it ends when it starts")
    return Window(days=_days(match[1]), start=start, end=end, zone=_zone(match[4]), text=match[0])


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start, end = _day(first), _day(last) if dash else _day(first)
        length = (end - start) % 7
        found |= {(start + offset - 1) % 7 + 1 for offset in range(length + 1)}
    return frozenset(found)


def _day(name: str) -> int:
    if name.capitalize() not in _DAYS:
        raise UnitError(f"{_shown(name)} is no day; write {', '.join(_DAYS)}")
    return _DAYS.index(name.capitalize()) + 1


def _clock(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if hour > 23 or minute > 59:  # noqa: PLR2004 - a clock
        raise UnitError(f"{text} is no time of day")
    return time(hour, minute)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        close = difflib.get_close_matches(name, available_timezones(), 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise UnitError(f"{_shown(name)} is no time zone{hint}") from error


def _shown(value: object) -> str:
    return repr(value)[:60] if isinstance(value, str) else str(value)[:60]
