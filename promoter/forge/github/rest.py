"""REST's answers as values."""

from __future__ import annotations

from typing import Any

from pydantic import Field, RootModel

from promoter.forge.github.answers import Read


class Installation(Read):
    """An App's installation."""

    id: int


class InstallationToken(Read):
    """The token of an App's installation."""

    token: str = Field(repr=False)


class MatchingRef(Read):
    """A ref of a list."""

    ref: str
    node_id: str


class MatchingRefs(RootModel[tuple[MatchingRef, ...]]):
    """Refs whose names begin alike."""


class OpenedPull(Read):
    """A pull request that was opened."""

    node_id: str
    number: int
    html_url: str
    draft: bool = False


class MergedPull(Read):
    """How a pull request stands now."""

    state: str
    merged: bool
    merge_commit_sha: str | None


class Rule(Read):
    """A rule that is active on a branch."""

    type: str
    parameters: dict[str, Any] | None = None


class Label(Read):
    """A label."""

    name: str


class OpenedIssue(Read):
    """An issue that was opened."""

    node_id: str
    number: int
    html_url: str
    labels: tuple[Label | str, ...] = ()

    @property
    def label_names(self) -> frozenset[str]:
        """The names of its labels."""
        return frozenset(label if isinstance(label, str) else label.name for label in self.labels)


class Collaborator(Read):
    """Somebody with their rights."""

    type: str = "User"
    permissions: dict[str, bool] = Field(default_factory=dict)


class Rights(Read):
    """What somebody may do in the repository."""

    permission: str
    role_name: str = ""
    user: Collaborator | None = None

    @property
    def triage(self) -> bool:
        """May close issues of others."""
        role = self.role_name in {"triage", "write", "maintain", "admin"}
        may = self.user is not None and any(
            self.user.permissions.get(name) for name in ("triage", "push", "maintain", "admin")
        )
        return role or may or self.permission in {"write", "admin"}
