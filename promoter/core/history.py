"""What Git says about a rollout, as read: base's first-parent commits and the state after each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from promoter.core.weights import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit on base's first-parent line. `when` is the committer's date; trailers are only hints."""

    sha: str
    when: datetime
    author: str
    email: str
    subject: str
    trailers: tuple[tuple[str, str], ...] = ()

    @property
    def short(self) -> str:
        """The first 9 hex digits."""
        return self.sha[:9]

    def trailer(self, key: str) -> str | None:
        """The last trailer of that name, or None."""
        found = [value for name, value in self.trailers if name.lower() == key.lower()]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The route and its workloads' images right after one commit that touched their files.

    `split` is None where the manifest was absent or unreadable then. `images` maps a version to its
    workload's images, for the workloads the policy names and that could be read.
    """

    commit: Commit
    split: Split | None
    images: Mapping[str, tuple[str, ...]]
