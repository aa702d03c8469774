"""What a human is told when something is wrong: what, where, what to do, and the exit code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """Every exit code of the command line (click itself uses 2 for usage errors)."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PROMOTION_DUE = 3
    HELD = 4
    WAITING = 5


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file; line and column count from 1, 0 where unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


class Severity(StrEnum):
    """Whether a finding stops the user (error) or only asks for a look (warning)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: what is wrong, where, and what to do about it."""

    message: str
    where: Where | None = None
    hint: str | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        told = f"warning: {self.message}" if self.severity is Severity.WARNING else self.message
        text = f"{self.where}: {told}" if self.where else told
        return f"{text}; {self.hint}" if self.hint else text


class PromoterError(Exception):
    """A user's or the environment's mistake, told in one line; never a bug of ours."""

    exit_code = ExitCode.ERROR

    def __init__(self, message: str, *, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(message, where, hint)

    def __str__(self) -> str:
        return str(self.problem)


class PolicyError(PromoterError):
    """A policy that cannot be used; carries every problem found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(p) for p in self.problems)


class ManifestError(PromoterError):
    """A manifest that cannot be read or must not be edited; the file is untouched."""


class RepoError(PromoterError):
    """The Git repository cannot be read or written as needed."""


class ForgeError(PromoterError):
    """The forge (local refs or GitHub) refused something that has to work."""


class SettingsError(PromoterError):
    """An option or environment variable that cannot be used."""


class RecordingError(PromoterError):
    """A file of recorded evidence that cannot be read."""
