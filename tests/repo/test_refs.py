from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promoter.errors import RepoError
from promoter.repo.base import Repository
from promoter.repo.refs import RefChange, branch_ref, ref_problem, safe_ref
from tests.git_repository import Scratch

X = "refs/promoter/x"
Y = "refs/promoter/y"


@pytest.mark.parametrize(
    "branch",
    [
        "", "-x", "--output=stolen", "a..b", "a b", "a\nb", "a\0b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b",
        "a.lock", "a.lock/b", ".a", "a/.b", "a.", "a/", "/a", "a//b", "a@{1}", "@", "HEAD", "\ud800", "a/-b",
    ],
)  # fmt: skip
def test_a_name_that_git_or_an_option_parser_would_misread_is_refused(branch: str) -> None:
    with pytest.raises(RepoError, match="branch"):
        branch_ref(branch)


@pytest.mark.parametrize(
    "branch", ["main", "env/prod", "promoter/yolo/v9-gray-5-to-20-abc", "産線", "a@b", "a.b", "a-"]
)
def test_an_ordinary_branch_is_accepted(branch: str) -> None:
    assert branch_ref(branch) == f"refs/heads/{branch}"


def test_only_full_ref_names_are_refs() -> None:
    with pytest.raises(RepoError, match="full ref name"):
        safe_ref("main")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(alphabet="ab./-@{~^:?*[ \\\n\x7f.lock", max_size=12))
def test_what_is_accepted_git_accepts_too(scratch: Scratch, name: str) -> None:
    if ref_problem(f"refs/heads/{name}") is None:
        assert scratch.ask("check-ref-format", f"refs/heads/{name}")[0] == 0


def test_changes_are_made_together(scratch: Scratch, repo: Repository) -> None:
    one, two = scratch.commit({"a": "1"}), scratch.commit({"a": "2"})
    assert repo.refs.update([RefChange(X, one, None), RefChange(Y, two, None)])
    assert repo.refs.update([RefChange(X, two, one), RefChange(Y, None, two)])
    assert scratch.refs() == {"refs/heads/main": two, X: two}


@pytest.mark.parametrize(
    "stale", [RefChange(Y, None, "a" * 40), RefChange(Y, "HEAD", "a" * 40), RefChange(X, "HEAD", None)]
)
def test_a_lost_race_changes_nothing_and_says_so(
    scratch: Scratch, repo: Repository, stale: RefChange
) -> None:
    one, two = scratch.commit({"a": "1"}), scratch.commit({"a": "2"})
    assert repo.refs.update([RefChange(X, one, None), RefChange(Y, one, None)])
    before = scratch.refs()
    change = RefChange(stale.ref, two if stale.new else None, stale.old)
    other = Y if stale.ref == X else X
    assert not repo.refs.update([RefChange(other, two, one), change])
    assert scratch.refs() == before
    assert repo.refs.update([RefChange(X, two, one)])  # the next one goes on as usual


def test_a_ref_may_be_only_verified(scratch: Scratch, repo: Repository) -> None:
    one, two = scratch.commit({"a": "1"}), scratch.commit({"a": "2"})
    assert repo.refs.update([RefChange("refs/heads/main", two, two), RefChange(X, one, None)])
    assert not repo.refs.update([RefChange("refs/heads/main", one, one), RefChange(Y, one, None)])
    assert Y not in scratch.refs()


def test_a_ref_is_seen_as_it_is_now(scratch: Scratch, repo: Repository) -> None:
    one, two = scratch.commit({"a": "1"}), scratch.commit({"a": "2"})
    assert repo.refs.resolve(X) is None
    scratch.git("update-ref", X, one)
    assert repo.refs.resolve(X) == one
    scratch.git("update-ref", X, two)
    assert repo.refs.resolve(X) == two
    scratch.git("pack-refs", "--all", "--prune")
    assert repo.refs.resolve(X) == two
    scratch.git("update-ref", "-d", X)
    assert repo.refs.resolve(X) is None


def test_a_branch_in_the_way_is_named(scratch: Scratch, repo: Repository) -> None:
    one = scratch.commit({"a": "1"})
    scratch.git("branch", "promoter")
    with pytest.raises(RepoError, match="rename the branch that is in the way"):
        repo.refs.update([RefChange("refs/heads/promoter/yolo/x", one, None)])


def test_a_short_lock_is_waited_for(scratch: Scratch, repo: Repository) -> None:
    one, two = scratch.commit({"a": "1"}), scratch.commit({"a": "2"})
    scratch.git("update-ref", X, one)
    lock = Path(scratch.root, ".git", f"{X}.lock")
    lock.touch()
    timer = threading.Timer(0.25, lock.unlink)
    timer.start()
    assert repo.refs.update([RefChange(X, two, one)])
    timer.join()


def test_a_stale_lock_is_named(scratch: Scratch, repo: Repository) -> None:
    one, two = scratch.commit({"a": "1"}), scratch.commit({"a": "2"})
    scratch.git("update-ref", X, one)
    Path(scratch.root, ".git", f"{X}.lock").touch()
    with pytest.raises(RepoError, match=r"remove the \.lock file"):
        repo.refs.update([RefChange(X, two, one)])
    assert scratch.refs()[X] == one


def test_a_symbolic_ref_in_our_place_moves_no_branch(scratch: Scratch, repo: Repository) -> None:
    one = scratch.commit({"a": "1"})
    scratch.git("symbolic-ref", X, "refs/heads/main")
    assert repo.refs.list("refs/promoter")[X].symbolic == "refs/heads/main"
    repo.refs.update([RefChange(X, None, one)])
    assert scratch.head("refs/heads/main") == one


def test_the_log_of_a_branch_says_that_promoter_moved_it(scratch: Scratch, repo: Repository) -> None:
    one = scratch.commit({"a": "1"})
    two = scratch.commit({"a": "2"})
    repo.refs.update([RefChange("refs/heads/main", one, two)])
    assert scratch.git("reflog", "-1", "--format=%gs %gn", "main") == "promoter promoter"


def test_no_hook_is_run(scratch: Scratch, repo: Repository) -> None:
    hook = scratch.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ran\n")
    one = scratch.commit({"a": "1"})
    (scratch.root / "ran").unlink(missing_ok=True)
    hook.chmod(0o755)
    assert repo.refs.update([RefChange(X, one, None)])
    assert not (scratch.root / "ran").exists()


def test_what_is_no_commit_id_is_a_bug(repo: Repository) -> None:
    with pytest.raises(ValueError, match="no commit"):
        repo.refs.update([RefChange(X, "main", None)])
