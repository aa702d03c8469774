"""Git clones from and pushes to the fake GitHub, behind the same tokens; what it pushes is seen by the API."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

from tests.fakes.github.site import TOKEN, Site
from tests.rig.conftest import PATH, propose


def git(where: Path, *words: str, login: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """A git command of Ada's; the token goes along as a header, by the environment."""
    header = "Authorization: Basic " + base64.b64encode(f"x-access-token:{login}".encode()).decode()
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(where),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "3",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": header,
        "GIT_CONFIG_KEY_1": "user.name",
        "GIT_CONFIG_VALUE_1": "Grace",
        "GIT_CONFIG_KEY_2": "user.email",
        "GIT_CONFIG_VALUE_2": "grace@example.com",
    }
    return subprocess.run(["git", *words], cwd=where, env=env, capture_output=True, text=True, check=False)


def url(site: Site) -> str:
    return f"{site.github.url}/{site.hub.full_name}.git"


def test_a_clone_needs_a_token_that_may_read(site: Site, tmp_path: Path) -> None:
    assert git(tmp_path, "clone", "-q", url(site), "good").returncode == 0
    assert (tmp_path / "good" / PATH).read_text() == "gray: 5\n"
    for token in ("ghs_wrong", ""):
        assert git(tmp_path, "clone", "-q", url(site), "bad", login=token).returncode != 0
    site.hub.token("ghs_blind", contents="none")
    assert "403" in git(tmp_path, "clone", "-q", url(site), "bad", login="ghs_blind").stderr


def test_a_push_is_seen_by_the_api_and_needs_write(site: Site, tmp_path: Path) -> None:
    site.hub.token("ghp_grace", "grace", "classic")
    pull = site.hub.state.items[propose(site)]
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", url(site), "clone")
    git(clone, "checkout", "-q", "promoter/yolo/x")
    (clone / PATH).write_text("gray: 15\n")
    git(clone, "commit", "-qam", "less")
    site.hub.token("ghs_reader", contents="read")
    assert git(clone, "push", "-q", login="ghs_reader").returncode != 0
    assert git(clone, "push", "-q", login="ghp_grace").returncode == 0
    head = git(clone, "rev-parse", "HEAD").stdout.strip()
    assert (getattr(pull, "head", ""), getattr(pull, "pusher", "")) == (head, "grace")
