from __future__ import annotations

import pytest

from promoter.forge.github.refusals import Answer, refused

REPO = "acme/factory"


def words(status: int, message: str, **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return str(refused(Answer(status=status, message=message, headers=named), "open a pull request", REPO))


@pytest.mark.parametrize(
    ("status", "message", "headers", "told"),
    [
        (401, "Bad credentials", {}, ("does not accept the token", "expired, revoked", "GITHUB_TOKEN")),
        (401, "A JSON web token could not be decoded", {}, ("App's key", "PROMOTER_GITHUB_APP_ID")),
        (
            403,
            "Resource not accessible by integration",
            {"x_accepted_github_permissions": "pull_requests=write"},
            ("may not open a pull request", "`pull-requests: write`", "permissions:", "App's settings"),
        ),
        (
            403,
            "Resource not accessible by personal access token",
            {"x_accepted_github_permissions": "contents=write,workflows=write; contents=write"},
            ("contents: write, workflows: write or contents: write",),
        ),
        (403, "Must have admin rights to Repository.", {}, ("may not open a pull request",)),
        (
            403,
            "GitHub Actions is not permitted to create or approve pull requests.",
            {},
            ("Actions may not open pull requests in acme/factory", "Settings, Actions, General"),
        ),
        (
            422,
            "GitHub Actions is not permitted to create or approve pull requests.",
            {},
            ("Settings, Actions",),
        ),
        (403, "Repository was archived so is read-only.", {}, ("archived", "unarchive it")),
        (410, "Issues has been disabled in this repository.", {}, ("issues switched off", "Features")),
        (404, "Not Found", {}, ("shows no acme/factory", "GITHUB_REPOSITORY", "installed")),
        (
            404,
            "Not Found",
            {"x_accepted_github_permissions": "issues=write"},
            (
                "answers 'not found' where the bot wants to open a pull request",
                "it takes issues: write",
                "`issues: write`",
            ),
        ),
        (301, "Moved Permanently", {}, ("renamed or moved", "GITHUB_REPOSITORY")),
        (
            403,
            "Resource protected by organization SAML enforcement.",
            {"x_github_sso": "required"},
            ("single sign-on",),
        ),
        (403, "your IP address is not permitted: the IP allow list is enabled", {}, ("IP allow list",)),
        (403, "API rate limit exceeded for installation ID 1.", {}, ("rate limit", "the next tick")),
        (403, "You have exceeded a secondary rate limit.", {"retry_after": "60"}, ("rate limit",)),
        (
            422,
            "Repository rule violations found\n\nCannot create ref",
            {},
            ("rule of acme/factory", "Rulesets"),
        ),
        (422, "Cannot update this protected branch.", {}, ("rule of acme/factory",)),
        (
            403,
            "refusing to allow an App to update workflow without `workflows` permission",
            {},
            ("workflow file",),
        ),
        (422, "Validation Failed", {}, ("refuses to open a pull request: 422 Validation Failed",)),
        (500, "Server Error", {}, ("500 Server Error", "the next tick tries again")),
    ],
)
def test_every_refusal_names_its_setting(
    status: int, message: str, headers: dict[str, str], told: tuple[str, ...]
) -> None:
    found = words(status, message, **headers)
    assert [part for part in told if part not in found] == []


def test_different_causes_are_told_apart() -> None:
    found = {
        words(401, "Bad credentials"),
        words(403, "Resource not accessible by integration"),
        words(403, "Repository was archived so is read-only."),
        words(403, "GitHub Actions is not permitted to create or approve pull requests."),
        words(404, "Not Found"),
        words(422, "Cannot update this protected branch."),
        words(403, "API rate limit exceeded"),
    }
    assert len({text.partition(";")[0] for text in found}) == 7


def test_hostile_words_are_one_harmless_line() -> None:
    found = words(422, "no\n::error::yes\x1b[31m" + "x" * 900)
    assert "\n" not in found
    assert "\x1b" not in found
    assert len(found) < 400


@pytest.mark.parametrize(
    ("status", "headers", "limited"),
    [
        (429, {}, True),
        (403, {"retry-after": "3"}, True),
        (403, {"x-ratelimit-remaining": "0"}, True),
        (403, {"x-ratelimit-remaining": "7"}, False),
        (422, {"retry-after": "3"}, False),
    ],
)
def test_a_rate_limit_is_known_by_its_headers(status: int, headers: dict[str, str], *, limited: bool) -> None:
    assert Answer(status=status, message="no", headers=headers).limited is limited
