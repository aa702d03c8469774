"""PromQL with a hole for the version: `$version`, put in with the escaping its place needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_REGEX_SPECIAL = frozenset("\\.+*?()|[]{}^$-/&#~ ")


class Quoting(StrEnum):
    """Where a placeholder stands: in a plain string, or in a string read as a regular expression."""

    STRING = "string"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Template:
    """A PromQL text cut at its `$version` placeholders.

    `parts` alternate text and the quoting of the placeholder that follows it; `source` is the text as
    the policy wrote it. Placeholders stand only inside double-quoted label values (the reader sees to it).
    """

    source: str
    parts: tuple[str | Quoting, ...]

    def render(self, version: str) -> str:
        """The query for one version. Nothing in `version` can end the string it is put into."""
        return "".join(_escape(version, part) if isinstance(part, Quoting) else part for part in self.parts)


def _escape(version: str, quoting: Quoting) -> str:
    if quoting is Quoting.REGEX:
        version = "".join("\\" + char if char in _REGEX_SPECIAL else char for char in version)
    return version.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
