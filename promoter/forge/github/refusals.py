"""What GitHub means when it refuses: which setting it is, where, and what to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from promoter.errors import ForgeError
from promoter.forge.github.permissions import needed
from promoter.report.numbers import one_line

_TOKEN = "PROMOTER_GITHUB_TOKEN or GITHUB_TOKEN"
_APP = "in the App's settings (Permissions & events), then have the owner accept it"
_JOB = "in the job's `permissions:`"
_ALLOW_ACTIONS = (
    "tick Settings, Actions, General, 'Allow GitHub Actions to create and approve pull requests', "
    "or use an App's token"
)
_ALLOW_BRANCHES = (
    "let the bot create, update and delete branches promoter/** (Settings, Rules, Rulesets); "
    "base itself needs no exception"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A refusal as it came: headers' names in lower case, `errors` the details that GitHub lists.

    `paths` are the parts of a GraphQL document that were refused: `repository.standing`.
    """

    status: int
    message: str
    errors: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Everything that was said, in lower case."""
        return " ".join([self.message, *self.errors]).lower()

    @property
    def limited(self) -> bool:
        """A rate limit: nothing was done, and the same request works later."""
        if self.status not in (403, 429):
            return False
        return (
            self.status == 429  # noqa: PLR2004
            or "retry-after" in self.headers
            or self.headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in self.text
        )


class RefusedError(ForgeError):
    """GitHub said no, and nothing was changed."""

    def __init__(self, answer: Answer, message: str, hint: str | None) -> None:
        super().__init__(message, hint=hint)
        self.answer = answer


class UnclearError(ForgeError):
    """A write without an answer: it may have been done or not. Who sent it has to look."""


def refused(answer: Answer, doing: str, repository: str) -> RefusedError:
    """The refusal in words: what was tried, what GitHub said, which setting it is."""
    for words in (_of_token, _of_repository, _of_permission, _of_rules):
        found = words(answer, doing, repository)
        if found:
            return RefusedError(answer, *found)
    said = "; ".join(dict.fromkeys([answer.message, *answer.errors]))
    hint = "GitHub has trouble: the next tick tries again" if answer.status >= 500 else None  # noqa: PLR2004
    return RefusedError(answer, f"GitHub refuses to {doing}: {answer.status} {_told(said)}", hint)


def _of_token(answer: Answer, doing: str, repository: str) -> tuple[str, str] | None:
    if answer.limited:
        return (
            f"GitHub's rate limit does not let the bot {doing} now",
            "the next tick tries again; ticks less often, or an App's own token, have more room",
        )
    if answer.status == 401:  # noqa: PLR2004
        if "json web token" in answer.text or "jwt" in answer.text or "issuer" in answer.text:
            return (
                f"GitHub does not accept the App's key: {_told(answer.message)}",
                "PROMOTER_GITHUB_APP_ID and the private key must belong together, and the clock be right",
            )
        hint = f"it is expired, revoked or mistyped: give a new one in {_TOKEN}"
        return f"GitHub does not accept the token: {_told(answer.message)}", hint
    if answer.status == 403 and ("sso" in answer.text or "x-github-sso" in answer.headers):  # noqa: PLR2004
        return (
            f"the organisation of {repository} asks for single sign-on",
            "authorise the token for it (Settings, Developer settings, the token, Configure SSO)",
        )
    if answer.status == 403 and "ip allow list" in answer.text:  # noqa: PLR2004
        return (
            f"the organisation of {repository} does not allow this machine's address",
            "add the runner to its IP allow list, or use a runner inside",
        )
    return None


def _of_repository(answer: Answer, doing: str, repository: str) -> tuple[str, str] | None:
    if "archived" in answer.text:
        return f"{repository} is archived, so nothing can be changed in it", _UNARCHIVE
    if answer.status == 410 or "issues are disabled" in answer.text or "issues has been" in answer.text:  # noqa: PLR2004
        return issues_disabled(repository)
    if answer.status in (301, 302, 307, 308):
        return (
            f"{repository} was renamed or moved",
            "set GITHUB_REPOSITORY (and the clone's origin) to its new name",
        )
    if answer.status == 404:  # noqa: PLR2004
        accepted = _accepted(answer)
        if accepted:
            told = f"it takes {accepted}, or what it is about is gone"
            return (
                f"GitHub answers 'not found' where the bot wants to {doing}: {told}",
                f"{_grant(accepted)}; if the token has it, the next tick looks again",
            )
        return no_access(repository, doing)
    return None


_UNARCHIVE = "unarchive it (Settings, General, Danger Zone), or take its policies out of the schedule"


def archived(repository: str) -> ForgeError:
    """The repository is read-only."""
    return ForgeError(f"{repository} is archived, so nothing can be changed in it", hint=_UNARCHIVE)


def issues_disabled(repository: str) -> tuple[str, str]:
    """There is no place for holds."""
    return (
        f"{repository} has issues switched off, and holds are issues",
        "switch them on (Settings, General, Features, Issues)",
    )


def no_access(repository: str, doing: str) -> tuple[str, str]:
    """GitHub answers 404 to those who may not know."""
    return (
        f"GitHub shows no {repository} to this token (to {doing})",
        "is GITHUB_REPOSITORY right, and is the App installed on it (or the token allowed to it)?",
    )


def _of_permission(answer: Answer, doing: str, repository: str) -> tuple[str, str] | None:
    if "not permitted to create or approve pull requests" in answer.text:
        return (
            f"GitHub Actions may not open pull requests in {repository}",
            _ALLOW_ACTIONS,
        )
    if answer.status == 403 and (  # noqa: PLR2004
        "not accessible by" in answer.text or "insufficient" in answer.text or "must have" in answer.text
    ):
        accepted = _accepted(answer)
        lacks = f"GitHub asks for {accepted}" if accepted else _told(answer.message)
        return f"the token may not {doing}: {lacks}", _grant(accepted)
    return None


def _of_rules(answer: Answer, doing: str, repository: str) -> tuple[str, str] | None:
    text = answer.text
    if "workflows" in text and "permission" in text:
        return (
            f"the token may not {doing}: it would touch a workflow file",
            "promoter never does; is the branch's base older than base's workflows? close the proposal",
        )
    if any(words in text for words in ("protected branch", "rule violations", "ruleset", "gh013", "gh006")):
        return (
            f"a rule of {repository} does not let the bot {doing}: {_told(answer.message)}",
            _ALLOW_BRANCHES,
        )
    return None


def _accepted(answer: Answer) -> str:
    """`pull_requests=write` as GitHub names it, `pull-requests: write` for people."""
    raw = answer.headers.get("x-accepted-github-permissions", "")
    if not raw:
        return needed(answer.paths)
    sets = [part.strip() for part in raw.split(";") if part.strip()]
    told = [
        ", ".join(item.strip().replace("=", ": ").replace("_", "-") for item in s.split(",")) for s in sets
    ]
    return one_line(" or ".join(told), 160)


def _grant(accepted: str) -> str:
    what = f"`{accepted}`" if accepted else "the missing permission"
    more = " (`write` for a bot that acts)" if accepted.endswith("read") else ""
    return f"grant {what}{more} {_JOB} or {_APP}"


def _told(text: str) -> str:
    return one_line(text, 240) or "it does not say why"
