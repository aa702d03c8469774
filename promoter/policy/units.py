"""Shares, durations, weights, numbers and windows as a policy writes them → values."""

from __future__ import annotations

import difflib
import re
from datetime import time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from promoter.core.policy import Window
from promoter.policy.refused import RefusedError, shown

NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
PERCENT = rf"^{NUMBER} ?%$"
SIGNED_PERCENT = rf"^[+-]?{NUMBER} ?%$"
_UNITS = {
    unit: Fraction(text)
    for unit, text in (("d", "86400"), ("h", "3600"), ("m", "60"), ("s", "1"), ("ms", "0.001"))
}
DURATION = "^(?=.)" + "".join(f"(?:{NUMBER}{unit})?" for unit in _UNITS) + "$"
_DURATION, _SPAN = re.compile(DURATION), re.compile(rf"({NUMBER})(ms|s|m|h|d)")
_SHARE = re.compile(rf"([+-]?)({NUMBER}) ?%")
_LONGEST = timedelta(days=366)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = f"(?:{'|'.join(DAYS)})"
WINDOW = rf"^{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)* [0-9]{{1,2}}:[0-9]{{2}}-[0-9]{{1,2}}:[0-9]{{2}} [A-Za-z]\S*$"
_WINDOW = re.compile(r"(\S{1,60}) ([0-9]{1,2}:[0-9]{2})-([0-9]{1,2}:[0-9]{2}) (\S{1,60})")
_WHOLE_DAY = "24:00"


class UnitError(RefusedError):
    """A value without its unit, or with a wrong one; says what is expected."""


def read_percent(value: object, *, signed: bool = False) -> Fraction:
    """`5%` → 1/20, exactly. `+100%` and `-5%` where `signed`."""
    example = "+100%" if signed else "5% or 0.05%"
    if _is_number(value):
        raise UnitError(f"{shown(value)} has no unit", f"write {value}% if you mean percent")
    match = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UnitError(f"{shown(value)} is no share", f"write it like {example}")
    if match[1] and not signed:
        raise UnitError(f"{shown(value)} has a sign", f"write it like {example}")
    share = Fraction(match[2]) / 100
    return -share if match[1] == "-" else share


def read_duration(value: object) -> timedelta:
    """`90s`, `10m`, `1h30m`, `7d`, `50ms` → timedelta; not negative, a year at most."""
    if _is_number(value):
        raise UnitError(f"{shown(value)} has no unit", f"write {value}s, {value}m or {value}h")
    if not isinstance(value, str) or _DURATION.fullmatch(value) is None:
        raise UnitError(f"{shown(value)} is no duration", "write it like 90s, 10m, 2h or 1h30m")
    seconds = sum((Fraction(number) * _UNITS[unit] for number, unit in _SPAN.findall(value)), Fraction(0))
    if seconds > _LONGEST.total_seconds():
        raise UnitError(f"{shown(value)} is longer than a year")
    return timedelta(microseconds=int(seconds * 1_000_000))


def read_weight(value: object) -> Fraction:
    """`5`, `0.1` or `5%` → percent of the route's total; above 0, 100 at most."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        percent = Fraction(value)
    elif isinstance(value, str) and value.endswith("%"):
        percent = read_percent(value) * 100
    else:
        raise UnitError(f"{shown(value)} is no weight", "write the percentage of the traffic, like 5")
    if not 0 < percent <= 100:  # noqa: PLR2004 - percent
        raise UnitError(f"a weight is above 0 and at most 100 percent, not {shown(value)}")
    return percent


def read_window(value: object) -> Window:
    """`Mon-Fri 09:00-18:00 Asia/Shanghai` → the weekly window; `24:00` is the end of a day."""
    match = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UnitError(f"{shown(value)} is no window", "write it like Mon-Fri 09:00-18:00 Asia/Shanghai")
    days, start = _days(match[1]), _clock(match[2])
    end = time(0) if match[3] == _WHOLE_DAY else _clock(match[3])
    if start == end and match[3] != _WHOLE_DAY:
        hint = f"a whole day is {match[1].split(',')[0]} 00:00-24:00"
        raise UnitError(f"the window {shown(value)} ends when it starts", hint)
    return Window(days=days, start=start, end=end, zone=_zone(match[4]), text=match[0])


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start = _day(first)
        length = (_day(last) - start) % 7 if dash else 0
        found |= {(start + offset - 1) % 7 + 1 for offset in range(length + 1)}
    return frozenset(found)


def _day(name: str) -> int:
    if name not in DAYS:
        close = difflib.get_close_matches(name.capitalize(), DAYS, 1, 0.5)
        raise UnitError(
            f"{shown(name)} is no day", f"did you mean {close[0]}?" if close else f"write {', '.join(DAYS)}"
        )
    return DAYS.index(name) + 1


def _clock(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if hour > 23 or minute > 59:  # noqa: PLR2004 - a clock
        raise UnitError(f"{text} is no time of day", "write it like 09:00")
    return time(hour, minute)


@cache
def _zone(name: str) -> ZoneInfo:
    """The zone of the tz database, which is read from disk here and nowhere else."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        close = difflib.get_close_matches(name, available_timezones(), 1)
        hint = f"did you mean {close[0]}?" if close else "write it like Asia/Shanghai or UTC"
        raise UnitError(f"{shown(name)} is no time zone", hint) from error
