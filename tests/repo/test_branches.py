from __future__ import annotations

from pathlib import Path

import pytest

from promoter.errors import RepoError
from promoter.repo.base import Repository
from tests.git_repository import Scratch


def _clone(scratch: Scratch, place: Path, *words: str) -> Scratch:
    scratch.git("clone", "--quiet", *words, f"file://{scratch.root}", str(place))
    return Scratch(place)


def test_base_is_the_branch_that_is_checked_out(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": "1"})
    scratch.git("checkout", "--quiet", "-b", "env/prod")
    head = scratch.commit({"a": "2"})
    base = repo.base()
    assert (base.branch, base.ref, base.commit) == ("env/prod", "refs/heads/env/prod", head)
    assert (base.upstream, base.behind, base.local) == ("", 0, True)


def test_the_remotes_default_branch_comes_first(scratch: Scratch, tmp_path: Path) -> None:
    head = scratch.commit({"a": "1"})
    clone = _clone(scratch, tmp_path / "clone")
    clone.git("checkout", "--quiet", "-b", "feature")
    clone.commit({"a": "2"})
    base = Repository.open(clone.root).base()
    assert (base.branch, base.commit, base.upstream) == ("main", head, "origin/main")


def test_a_remote_without_a_default_branch_leaves_it_to_what_is_checked_out(
    scratch: Scratch, tmp_path: Path
) -> None:
    scratch.commit({"a": "1"})
    scratch.git("branch", "prod")
    clone = _clone(scratch, tmp_path / "clone", "--branch=prod")
    clone.git("remote", "set-head", "origin", "--delete")
    assert Repository.open(clone.root).base().branch == "prod"


def test_a_proposals_branch_is_never_base(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": "1"})
    scratch.git("checkout", "--quiet", "-b", "promoter/yolo/x")
    assert repo.base().branch == "main"
    with pytest.raises(RepoError, match="proposal's branch"):
        repo.base("promoter/yolo/x")


@pytest.mark.parametrize(("default", "found"), [(None, "main"), ("trunk", "trunk"), ("nosuch", "main")])
def test_a_detached_head_leaves_it_to_the_usual_names(
    scratch: Scratch, repo: Repository, default: str | None, found: str
) -> None:
    scratch.commit({"a": "1"})
    scratch.git("branch", "trunk")
    scratch.git("branch", "master")
    scratch.git("checkout", "--quiet", "--detach")
    if default:
        scratch.git("config", "init.defaultBranch", default)
    assert repo.base().branch == found


def test_a_detached_head_without_the_usual_names_has_to_be_told(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": "1"})
    scratch.git("branch", "-m", "prod")
    scratch.git("checkout", "--quiet", "--detach")
    with pytest.raises(RepoError, match="--base"):
        repo.base()
    assert repo.base("prod").branch == "prod"


@pytest.mark.parametrize("name", [None, "main"])
def test_a_repository_without_commits_says_so(repo: Repository, name: str | None) -> None:
    with pytest.raises(RepoError, match="no commits yet"):
        repo.base(name)


def test_an_unknown_branch_is_answered_with_the_nearest(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": "1"})
    scratch.git("branch", "production")
    with pytest.raises(RepoError, match="did you mean production"):
        repo.base("producton")
    with pytest.raises(RepoError, match="branches: main, production"):
        repo.base("xyz")


@pytest.mark.parametrize(
    "name", ["", "--output=stolen", "-x", "main~1", "main^{}", "a..b", "HEAD", "@", "a\nb", "refs/../x"]
)
def test_what_can_be_no_branch_is_refused(scratch: Scratch, repo: Repository, name: str) -> None:
    scratch.commit({"a": "1"})
    with pytest.raises(RepoError):
        repo.base(name)
    assert not (scratch.root / "stolen").exists()


def test_a_branch_that_only_the_remote_has_can_be_read(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"a": "1"})
    scratch.git("branch", "prod")
    clone = _clone(scratch, tmp_path / "clone")
    base = Repository.open(clone.root).base("prod")
    assert (base.ref, base.commit, base.local) == ("refs/remotes/origin/prod", scratch.head("prod"), False)
    assert base.behind == 0


def test_commits_that_the_upstream_has_are_counted(scratch: Scratch, tmp_path: Path) -> None:
    scratch.commit({"a": "1"})
    clone = _clone(scratch, tmp_path / "clone")
    clone.commit({"b": "ahead"})
    repo = Repository.open(clone.root)
    assert repo.base().behind == 0
    scratch.commit({"a": "2"})
    scratch.commit({"a": "3"})
    clone.git("fetch", "--quiet")
    assert (repo.base().behind, repo.base().upstream) == (2, "origin/main")


def test_a_configured_upstream_counts_before_the_remotes_branch(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": "1"})
    scratch.git("branch", "source")
    scratch.git("branch", "--quiet", "--set-upstream-to=source", "main")
    scratch.git("checkout", "--quiet", "source")
    scratch.commit({"a": "2"})
    base = repo.base("main")
    assert (base.upstream, base.behind) == ("source", 1)


def test_a_symbolic_branch_stands_for_the_one_it_names(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({"a": "1"})
    scratch.git("symbolic-ref", "refs/heads/production", "refs/heads/main")
    base = repo.base("production")
    assert (base.branch, base.ref, base.commit) == ("production", "refs/heads/main", head)
