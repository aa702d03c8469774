"""A site, and PyGithub on it, for the tests of the fake GitHub itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from github import Auth, Github, GithubException
from github.Repository import Repository

from tests.fakes.github.site import TOKEN, Site, a_site
from tests.fakes.github.state import Pull

Opened = Callable[..., Repository]
PATH = "manifests/vs.yaml"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A repository with a manifest."""
    with a_site(tmp_path, {PATH: "gray: 5\n", "README.md": "hello\n"}) as made:
        yield made


@pytest.fixture
def opened(site: Site) -> Opened:
    """PyGithub's repository for a token."""

    def connect(token: str = TOKEN) -> Repository:
        return connect_to(site, token).get_repo(site.hub.full_name)

    return connect


def connect_to(site: Site, token: str = TOKEN, *, lazy: bool = False) -> Github:
    """PyGithub that waits for nothing and repeats nothing; `lazy` reads nothing that nobody asks for."""
    return Github(
        base_url=site.github.url,
        auth=Auth.Token(token),
        seconds_between_requests=None,
        seconds_between_writes=None,
        retry=None,
        lazy=lazy,
        timeout=10,
    )


def propose(site: Site, name: str = "promoter/yolo/x", content: bytes = b"gray: 20\n") -> int:
    """A pull request of the bot's; its number."""
    hub = site.hub
    bot = hub.tokens[TOKEN].login
    made = hub.commit_files(hub.head(), {PATH: content}, "promote", by=bot)
    hub.create_ref(f"refs/heads/{name}", made, bot)
    return hub.open_pull(bot, head=name, title="promote", body="why").number


def refuses(act: Callable[[], object], status: int, told: str) -> GithubException:
    with pytest.raises(GithubException) as caught:
        act()
    assert caught.value.status == status
    assert told in str(caught.value.data), caught.value.data
    return caught.value


@pytest.fixture
def pull(site: Site) -> Pull:
    propose(site)
    return site.pull()
