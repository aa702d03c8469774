"""36. Where GitHub does not let the bot, the message names the setting, each cause its own, and nothing is half made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import NewGitHubProject
from tests.e2e.github_project import GitHubProject
from tests.e2e.policies import a_policy
from tests.e2e.project import minute
from tests.fakes.github.hub import ACTIONS, BOT
from tests.fakes.github.site import TOKEN
from tests.fakes.github.state import Settings

SICK = "ghs_" + "s1cK" * 10


def _expired(yolo: GitHubProject) -> None:
    yolo.hub.tokens[TOKEN].expired = True


def _archived(yolo: GitHubProject) -> None:
    yolo.hub.settings = Settings(archived=True)


def _actions(yolo: GitHubProject) -> None:
    yolo.hub.token(TOKEN, ACTIONS, "actions")
    yolo.hub.settings = Settings(actions_may_propose=False)


def _without(permission: str, level: str = "read") -> Callable[[GitHubProject], None]:
    def take(yolo: GitHubProject) -> None:
        yolo.hub.token(TOKEN, BOT, "app", **{permission: level})

    take.__name__ = f"_without_{permission}" if level == "read" else f"_with_no_{permission}"
    return take


def _no_issues(yolo: GitHubProject) -> None:
    yolo.hub.settings = Settings(issues=False)


CASES: list[tuple[Callable[[GitHubProject], None], str, list[str]]] = [
    (_expired, "at-five", ["token"]),
    (_archived, "at-five", ["archived"]),
    (_actions, "at-five", ["Allow GitHub Actions to create and approve pull requests"]),
    (_without("contents"), "at-five", ["contents: write"]),
    (_without("pull_requests"), "at-five", ["pull", "write"]),
    (_without("statuses"), "at-five", ["statuses: write"]),
    (_without("issues"), "errors", ["issues: write"]),
    (_without("contents", "none"), "at-five", ["contents: read", "`write` for a bot that acts"]),
    (_without("pull_requests", "none"), "at-five", ["pull-requests: read"]),
    (_without("issues", "none"), "at-five", ["issues: read"]),
    (_no_issues, "errors", ["ssues", "Settings"]),
]


@pytest.mark.parametrize(("take", "scenario", "words"), CASES, ids=[case[0].__name__ for case in CASES])
def test_what_github_does_not_let_the_bot_do_names_the_setting(
    github: NewGitHubProject, take: Callable[[GitHubProject], None], scenario: str, words: list[str]
) -> None:
    yolo = github(scenario, policy=a_policy(scenario, merge="auto"))
    take(yolo)
    before = yolo.hub.head()
    ran = yolo.promoter("run", at=minute(6))
    assert ran.code == 1, ran.out
    for word in words:
        assert word in ran.out + ran.err, ran.out + ran.err
    assert yolo.hub.head() == before
    assert len(yolo.hub.state.refs) == 1 + len(
        yolo.site.pulls(state="open")
    )  # no branch without its pull request
    assert yolo.weight() == 5


def test_every_cause_has_its_own_words(github: NewGitHubProject) -> None:
    told = set()
    for take, scenario, _ in CASES[:4]:
        yolo = github(scenario)
        take(yolo)
        ran = yolo.promoter("run", at=minute(6))
        told.add(ran.err + ran.out)
    assert len(told) == 4
