"""The secrets that this run knows, hidden in whatever form they have got into a finished text."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus

from promoter.report.numbers import code, for_markdown, inert, one_line
from promoter.report.secrets import HIDDEN

_NAMES = re.compile(r"(?:TOKEN|PASSWORD|SECRET|PRIVATE_KEY|APPRISE_URLS?)\Z")
_SHORTEST = 8  # a shorter value would be found in ordinary words


def known_secrets(environ: Mapping[str, str], names: Iterable[str] = ()) -> tuple[str, ...]:
    """The secrets in these variables: the ones named like one, and `names`. The longest first.

    Left out are values that ordinary text may hold: short ones, and words of small letters.
    """
    wanted = {name for name in environ if _NAMES.search(name)} | set(names)
    values = {environ.get(name, "").strip() for name in wanted}
    telling = (value for value in values if len(value) >= _SHORTEST and not _is_word(value))
    return tuple(sorted(telling, key=lambda value: (-len(value), value)))


def hide(text: str, known: Iterable[str]) -> str:
    """The text with these values hidden, as they are or encoded or marked up."""
    for value in known:
        for form in _forms(value):
            text = text.replace(form, HIDDEN)
    return text


def _is_word(value: str) -> bool:
    return value.isalpha() and value.islower()


@lru_cache(maxsize=64)
def _forms(value: str) -> tuple[str, ...]:
    """A value in the encodings it may be met in, the longest first."""
    written = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    percent = {quote(value), quote(value, safe=""), quote_plus(value)}
    encoded = {*percent, *map(quote, percent), *_base64(value)}
    told = {tell(value, len(value)) for tell in (one_line, inert, for_markdown)} | {
        code(value, len(value))[1:-1]
    }
    forms = {form for form in written | encoded | told if len(form) >= _SHORTEST and HIDDEN not in form}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _base64(value: str) -> Iterator[str]:
    """What of the value's base64 is the same wherever in an encoded text it stands."""
    data = value.encode("utf-8", "replace")
    for lead in range(3):
        plain = base64.b64encode(b"\0" * lead + data).decode()
        inner = plain[-(-8 * lead // 6) :]  # the first digit that holds only bits of the value
        inner = inner[: (8 * (lead + len(data))) // 6 - (-(-8 * lead // 6))]
        if len(inner) >= _SHORTEST:
            yield inner
            yield inner.translate(str.maketrans("+/", "-_"))
