"""Where people find on the forge's site what a text speaks of, by what is known before it has a number."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """A repository's site as GitHub lays it out, and the label of its hold issues."""

    site: str  # https://github.com/owner/name
    label: str

    def proposal(self, branch: str) -> str:
        """The list of the pull requests from this branch: mostly one."""
        return f"{self.site}/pulls?q={_asked(f'is:pr head:{branch}')}"

    def holds(self, rollout: str) -> str:
        """The list of the holds that stand for this rollout."""
        asked = f'is:issue is:open label:"{self.label}" in:title {rollout}'
        return f"{self.site}/issues?q={_asked(asked)}"


def _asked(words: str) -> str:
    return quote(words, safe="", errors="replace")
