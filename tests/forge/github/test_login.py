from __future__ import annotations

import logging
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from promoter.errors import ForgeError, RepoError
from promoter.forge.github.connect import connect
from promoter.forge.github.login import PERMISSIONS, log_in
from promoter.forge.github.settings import AppKey
from tests.contracts.github_bench import TOKEN, GitHubBench
from tests.fakes.github import faults
from tests.fakes.github.state import Settings
from tests.git_repository import Scratch, human_environment


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    """An App's private and public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.mark.parametrize(("app", "installation"), [("42", None), ("Iv23promoter", None), ("42", 77)])
def test_an_apps_key_is_exchanged_for_a_token_of_this_repository(
    bench: GitHubBench, keys: tuple[str, str], app: str, installation: int | None
) -> None:
    bench.hub.app_key = keys[1]
    key = AppKey(app=app, private_key=keys[0], installation=installation)
    there = connect(bench.settings(token=None, app=key), bench.clone(), None)
    assert there.base.commit == bench.head()
    assert len(bench.github.log) == (2 if installation else 3)  # with the first look at the repository
    assert bench.github.log[-1].login == "promoter-bot[bot]"
    token = next(token for value, token in bench.hub.tokens.items() if value != TOKEN)
    assert token.permissions == PERMISSIONS


def test_a_token_of_githubs_never_reaches_a_log(
    bench: GitHubBench, keys: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench.hub.app_key = keys[1]
    _, token = log_in(bench.settings(token=None, app=AppKey(app="42", private_key=keys[0])))
    connect(bench.settings(), bench.clone(), None)
    for secret in (token, TOKEN, "PRIVATE KEY"):
        assert secret not in caplog.text


def test_the_wrong_key_is_told(bench: GitHubBench, keys: tuple[str, str]) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    bench.hub.app_key = other.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    with pytest.raises(ForgeError, match="App's key"):
        log_in(bench.settings(token=None, app=AppKey(app="42", private_key=keys[0])))


def test_a_broken_key_is_told_without_it(bench: GitHubBench) -> None:
    broken = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    with pytest.raises(ForgeError, match="private key cannot be used") as found:
        log_in(bench.settings(token=None, app=AppKey(app="42", private_key=broken)))
    assert "c2VjcmV0" not in str(found.value)


def test_a_permission_that_was_not_granted_is_told_before_anything_is_written(
    bench: GitHubBench, keys: tuple[str, str]
) -> None:
    bench.hub.app_key = keys[1]
    del bench.hub.granted["issues"]
    with pytest.raises(ForgeError, match="lacks a permission"):
        log_in(bench.settings(token=None, app=AppKey(app="42", private_key=keys[0])))
    assert bench.issues() == []


def test_an_expired_token_is_told(bench: GitHubBench) -> None:
    bench.hub.token("ghs_old").expired = True
    with pytest.raises(ForgeError, match="does not accept the token"):
        bench.forge("ghs_old")


def test_a_repository_that_is_not_there_is_told(bench: GitHubBench) -> None:
    with pytest.raises(ForgeError, match="shows no factory/other"):
        bench.forge(repository="factory/other")


def test_an_unknown_base_is_told(bench: GitHubBench) -> None:
    with pytest.raises(RepoError, match="no branch 'develop'"):
        connect(bench.settings(), bench.clone(), "develop")
    with pytest.raises(RepoError, match="proposal's branch"):
        connect(bench.settings(), bench.clone(), "promoter/yolo/x")


def test_a_clone_that_is_behind_learns_of_base(bench: GitHubBench) -> None:
    clone = bench.clone()
    bench.commit("README.md", b"hello again\n")
    there = connect(bench.settings(), clone, None)
    assert there.base.commit == bench.head()
    assert there.repo.read_files(there.base.commit, ["README.md"]) == {"README.md": b"hello again\n"}


def test_a_shallow_clone_is_completed(bench: GitHubBench) -> None:
    for count in range(3):
        bench.commit("README.md", f"{count}\n".encode())
    where = bench.place / "shallow"
    words = ["git", "clone", "--quiet", "--depth=1", bench.hub.bare.root.as_uri(), str(where)]
    subprocess.run(words, check=True, capture_output=True, env=human_environment())
    there = connect(bench.settings(), where, None)
    assert len(there.repo.history(there.base.commit, ["README.md"])) == 4


def test_base_is_what_git_says_where_githubs_answer_is_late(bench: GitHubBench) -> None:
    bench.commit("README.md", b"newer\n")
    newest = bench.head()
    bench.hub.knobs.lag_reads, bench.hub.knobs.lag_writes, bench.hub.knobs.lag_all = 1, 1, True
    there = connect(bench.settings(), bench.clone(), None)
    assert there.base.commit == newest


def test_the_token_is_nowhere_in_the_clone(bench: GitHubBench) -> None:
    where = bench.clone()
    bench.commit("README.md", b"newer\n")
    connect(bench.settings(), where, None)
    assert TOKEN not in (where / ".git" / "config").read_text()
    assert "extraheader" not in (where / ".git" / "config").read_text()


def test_a_clone_of_another_repository_is_told(
    bench: GitHubBench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Scratch.create(tmp_path_factory.mktemp("other") / "repo")
    other.commit({"README.md": "x"})
    with pytest.raises(RepoError, match="no remote"):
        connect(bench.settings(), other.root, None)
    other.git("remote", "add", "origin", str(other.root))
    with pytest.raises(RepoError, match="GITHUB_REPOSITORY"):
        connect(bench.settings(), other.root, None)


def test_an_archived_repository_is_told_before_anything_is_written(bench: GitHubBench) -> None:
    bench.hub.settings = Settings(archived=True)
    with pytest.raises(ForgeError, match="archived"):
        bench.forge().recover()
    assert bench.github.writes() == []


def test_a_human_at_work_is_known_by_their_token(bench: GitHubBench) -> None:
    bench.hub.token("ghp_grace", "grace", "classic")
    there = connect(bench.settings("ghp_grace", bot="promoter-bot[bot]"), bench.clone(), None)
    assert there.human == "grace"
    assert connect(bench.settings(), bench.clone(), None).human == ""
    assert connect(bench.settings(human="ada"), bench.clone(), None).human == "ada"


def test_ticks_run_as_the_bot(bench: GitHubBench) -> None:
    bench.hub.token("ghp_grace", "grace", "classic")
    forge = bench.forge("ghp_grace", bot="promoter-bot[bot]")
    assert forge.read(["yolo"])["yolo"].proposals == ()
    with pytest.raises(ForgeError, match="speaks for grace"):
        forge.recover()


def test_a_lost_exchange_is_told(bench: GitHubBench, keys: tuple[str, str]) -> None:
    bench.hub.app_key = keys[1]
    bench.github.faults.append(faults.lost_reply("/access_tokens"))
    with pytest.raises(ForgeError, match="the next tick tries again"):
        log_in(bench.settings(token=None, app=AppKey(app="42", private_key=keys[0])))
