from __future__ import annotations

from pathlib import Path

import pytest

from promoter.errors import RepoError
from promoter.repo.base import Repository
from tests.git_repository import Scratch

PATH = "vs.yaml"


@pytest.fixture
def origin(scratch: Scratch) -> Scratch:
    """A remote with five commits, that may be cloned in part."""
    scratch.git("config", "uploadpack.allowFilter", "true")
    scratch.git("config", "uploadpack.allowAnySHA1InWant", "true")
    for number in range(5):
        scratch.commit({PATH: f"{number}\n"})
    return scratch


def _clone(origin: Scratch, place: Path, *words: str) -> Scratch:
    origin.git("clone", "--quiet", *words, f"file://{origin.root}", str(place))
    return Scratch(place)


def _states(repo: Repository) -> list[bytes]:
    changes = repo.history(repo.base().commit, [PATH])
    blobs = [blob for change in changes if (blob := change.blobs[PATH])]
    found = repo.read_blobs(set(blobs))
    return [found[blob] for blob in blobs]


def test_a_shallow_clone_is_deepened_from_its_remote(origin: Scratch, tmp_path: Path) -> None:
    repo = Repository.open(_clone(origin, tmp_path / "c", "--depth=1").root)
    assert repo.shallow
    base = repo.base()
    repo.ensure_complete()
    assert repo.base() == base
    assert len(_states(repo)) == 5
    repo.ensure_complete()


def test_a_remote_of_another_name_is_used_where_it_is_the_only_one(origin: Scratch, tmp_path: Path) -> None:
    clone = _clone(origin, tmp_path / "c", "--depth=1")
    clone.git("remote", "rename", "origin", "upstream")
    repo = Repository.open(clone.root)
    repo.ensure_complete()
    assert len(_states(repo)) == 5


def test_a_shallow_clone_without_a_remote_is_refused(origin: Scratch, tmp_path: Path) -> None:
    clone = _clone(origin, tmp_path / "c", "--depth=1")
    clone.git("remote", "remove", "origin")
    with pytest.raises(RepoError, match=r"shallow clone.*git fetch --unshallow.*fetch-depth: 0"):
        Repository.open(clone.root).ensure_complete()


def test_a_shallow_clone_whose_remote_is_gone_is_refused(origin: Scratch, tmp_path: Path) -> None:
    clone = _clone(origin, tmp_path / "c", "--depth=1")
    origin.root.rename(tmp_path / "moved")
    with pytest.raises(RepoError, match="deepening it from origin failed") as caught:
        Repository.open(clone.root).ensure_complete()
    assert "\n" not in str(caught.value)


def test_a_shallow_clone_of_a_shallow_clone_is_refused(origin: Scratch, tmp_path: Path) -> None:
    between = _clone(origin, tmp_path / "between", "--depth=2")
    clone = _clone(between, tmp_path / "c", "--depth=1")
    with pytest.raises(RepoError, match="shallow"):
        Repository.open(clone.root).ensure_complete()


def test_a_password_in_a_remotes_url_is_not_shown(origin: Scratch, tmp_path: Path) -> None:
    clone = _clone(origin, tmp_path / "c", "--depth=1")
    clone.git("remote", "set-url", "origin", "ext::https://ada:s3cret@host/x")
    with pytest.raises(RepoError) as caught:
        Repository.open(clone.root).ensure_complete()
    assert "s3cret" not in str(caught.value)


def test_a_complete_clone_fetches_nothing(origin: Scratch, tmp_path: Path) -> None:
    clone = _clone(origin, tmp_path / "c")
    origin.root.rename(tmp_path / "moved")
    repo = Repository.open(clone.root)
    repo.ensure_complete()
    assert len(_states(repo)) == 5


def test_a_partial_clone_fetches_what_it_lacks_in_one_go(
    origin: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = _clone(origin, tmp_path / "c", "--filter=blob:none")
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2", str(trace))
    assert _states(Repository.open(clone.root)) == [f"{number}\n".encode() for number in range(5)]
    assert trace.read_text().count("cmd_name fetch ") == 1


def test_a_partial_clone_whose_remote_is_gone_says_so(origin: Scratch, tmp_path: Path) -> None:
    clone = _clone(origin, tmp_path / "c", "--filter=blob:none")
    origin.root.rename(tmp_path / "moved")
    with pytest.raises(RepoError, match="partial clone lacks 4 files' contents") as caught:
        _states(Repository.open(clone.root))
    assert "\n" not in str(caught.value)


def test_a_reader_that_cannot_fetch_is_an_error_in_one_line(origin: Scratch, tmp_path: Path) -> None:
    clone = _clone(origin, tmp_path / "c", "--filter=blob:none")
    origin.root.rename(tmp_path / "moved")
    repo = Repository.open(clone.root)
    with pytest.raises(RepoError, match="in a partial clone, make its remote reachable") as caught:
        repo.objects.read_one(origin_blob := f"{repo.base().commit}~3:{PATH}")
    assert "\n" not in str(caught.value)
    assert repo.objects.read_one(repo.base().commit), origin_blob
