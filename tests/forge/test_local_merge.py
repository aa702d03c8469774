from __future__ import annotations

from pathlib import Path

import pytest

from promoter.core.proposals import ProposalState
from promoter.errors import ForgeError
from promoter.forge.local import LocalForge
from promoter.forge.protocol import Merged, NotYet
from tests.forge.builders import (
    BRANCH,
    MESSAGE,
    PATH,
    RECORD,
    REF,
    a_manifest,
    a_merge,
    a_new,
    forge_of,
    the_proposal,
)
from tests.git_repository import Scratch, minute

BEHIND = "refs/promoter-behind/main"


def merged(scratch: Scratch, forge: LocalForge, **changes: object) -> Merged:
    done = forge.merge(a_merge(scratch, forge.ensure_proposal(a_new(scratch)), **changes))
    assert isinstance(done, Merged), done
    return done


def test_a_merge_moves_base_branch_and_record_together(scratch: Scratch, forge: LocalForge) -> None:
    base = scratch.head("main")
    proposal = forge.ensure_proposal(a_new(scratch))
    done = forge.merge(a_merge(scratch, proposal))
    assert done == Merged(scratch.head("main"))
    assert scratch.git("log", "-1", "--format=%P", "main").split() == [base, proposal.made]
    assert scratch.git("log", "-1", "--format=%B", "main") == MESSAGE.strip()
    assert scratch.git("diff", "--name-only", base, "main") == PATH
    assert scratch.git("cat-file", "blob", f"main:{PATH}").encode() == a_manifest(20)
    assert not scratch.exists(REF)
    found = the_proposal(forge_of(scratch))
    assert (found.state, found.head, found.closed_at) == (ProposalState.MERGED, None, minute(11))
    assert set(scratch.refs()) == {"refs/heads/main", RECORD}
    scratch.git("fsck", "--strict")


def test_a_clean_work_tree_stays_clean(scratch: Scratch, forge: LocalForge) -> None:
    merged(scratch, forge)
    assert scratch.status() == []
    assert scratch.read(PATH) == a_manifest(20)


def test_a_dirty_work_tree_is_no_obstacle(scratch: Scratch, forge: LocalForge) -> None:
    scratch.write("README.md", "half a thought")
    scratch.write("new", "untracked")
    scratch.write(PATH, "mine")
    assert merged(scratch, forge).note == ""
    assert scratch.status() == [" M README.md", f" M {PATH}", "?? new"]
    assert scratch.read(PATH) == b"mine"
    assert not scratch.exists(BEHIND)


def test_staged_changes_are_left_alone_and_told(scratch: Scratch, forge: LocalForge) -> None:
    scratch.write(PATH, "mine")
    scratch.git("add", PATH)
    note = merged(scratch, forge).note
    assert note.startswith(f"{PATH}: staged changes are left alone")
    assert scratch.git("show", f":{PATH}") == "mine"
    assert forge_of(scratch).recover() == ()  # told once


def test_base_checked_out_in_a_linked_work_tree_follows(scratch: Scratch, tmp_path: Path) -> None:
    scratch.git("checkout", "--quiet", "-b", "feature")
    scratch.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    merged(scratch, forge_of(scratch, "main"))
    assert scratch.status() == []
    assert scratch.status(tmp_path / "linked") == []
    assert (tmp_path / "linked" / PATH).read_bytes() == a_manifest(20)
    assert scratch.read(PATH) == a_manifest(5)


def test_a_base_that_nobody_has_checked_out_moves_alone(scratch: Scratch) -> None:
    scratch.git("checkout", "--quiet", "--detach")
    merged(scratch, forge_of(scratch, "main"))
    assert scratch.read(PATH) == a_manifest(5)
    assert scratch.status() == []


def test_a_bare_repository_is_merged_into(scratch: Scratch, tmp_path: Path) -> None:
    scratch.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    bare = Scratch(tmp_path / "bare.git")
    merged(bare, forge_of(bare))
    assert bare.git("cat-file", "blob", f"main:{PATH}").encode() == a_manifest(20)
    assert set(bare.refs()) == {"refs/heads/main", RECORD}


def test_the_executable_bit_is_kept(scratch: Scratch) -> None:
    (scratch.root / PATH).chmod(0o755)
    scratch.git("commit", "--quiet", "-am", "x")
    merged(scratch, forge_of(scratch))
    assert scratch.git("ls-tree", "--format=%(objectmode)", "main", PATH) == "100755"
    assert scratch.status() == []


def test_two_merges_in_one_tick_build_on_each_other(scratch: Scratch) -> None:
    other = "manifests/other.yaml"
    forge = forge_of(scratch)
    first = forge.ensure_proposal(a_new(scratch))
    name = "promoter/line-b/v9-gray-5-to-20-abcdef012"
    new = a_new(scratch, branch=name, rollout="line-b", files={other: b"y\n"})
    second = forge.ensure_proposal(new)
    assert isinstance(forge.merge(a_merge(scratch, first)), Merged)
    done = forge.merge(a_merge(scratch, second, files={other: b"y\n"}))
    assert isinstance(done, Merged)
    assert scratch.git("cat-file", "blob", f"main:{PATH}").encode() == a_manifest(20)
    assert scratch.show("main", other) == "y"
    assert scratch.status() == []


@pytest.mark.parametrize("what", ["base", "content", "file", "rewritten", "path", "head"])
def test_what_is_out_of_date_is_not_merged(scratch: Scratch, what: str) -> None:
    if what == "rewritten":
        scratch.commit({"secret": "x"})
    forge = forge_of(scratch)
    proposal = forge.ensure_proposal(a_new(scratch))
    request = a_merge(scratch, proposal)
    match what:
        case "base":
            scratch.commit({"README.md": "more"})
        case "content":
            request = a_merge(scratch, proposal, files={PATH: a_manifest(50)})
        case "file":
            scratch.commit({PATH: a_manifest(1)})
            forge, request = forge_of(scratch), a_merge(scratch, proposal)
        case "rewritten":
            scratch.git("reset", "--quiet", "--hard", "HEAD~1")
            forge, request = forge_of(scratch), a_merge(scratch, proposal)
        case "path":
            request = a_merge(scratch, proposal, files={"README.md": b"x"})
        case _:
            scratch.git("update-ref", REF, "main")
    refs = scratch.refs()
    assert isinstance(forge.merge(request), NotYet)
    assert scratch.refs() == refs


def test_a_record_that_vouches_for_a_foreign_commit_does_not_get_it_merged(scratch: Scratch) -> None:
    """Branch and record agree, but the commit does more than the record says."""
    forge = forge_of(scratch)
    made = forge.ensure_proposal(a_new(scratch)).made
    scratch.git("checkout", "--quiet", "-b", "evil", made)
    scratch.write("smuggled", "x")
    scratch.git("add", "smuggled")
    scratch.git("commit", "--quiet", "--amend", "--no-edit")
    evil = scratch.head()
    scratch.git("checkout", "--quiet", "main")
    text = scratch.show(RECORD, "proposal.json").replace(made, evil)
    blob = scratch.git("hash-object", "-w", "--stdin", data=text.encode())
    tree = scratch.git("mktree", data=f"100644 blob {blob}\tproposal.json\n".encode())
    scratch.git("update-ref", RECORD, scratch.git("commit-tree", "-m", "x", tree))
    scratch.git("update-ref", REF, evil)
    proposal = the_proposal(forge)
    assert proposal.head == proposal.made == evil
    assert isinstance(forge.merge(a_merge(scratch, proposal)), NotYet)
    assert not scratch.exists("main:smuggled")


def test_without_a_local_base_nothing_is_merged(scratch: Scratch, tmp_path: Path) -> None:
    scratch.git("branch", "prod")
    scratch.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Scratch(tmp_path / "clone")
    forge = forge_of(clone, "prod")
    assert forge.recover() == ()
    proposal = forge.ensure_proposal(a_new(clone))
    with pytest.raises(ForgeError, match="git branch prod origin/prod"):
        forge.merge(a_merge(clone, proposal))


def test_a_merged_step_is_not_opened_again(scratch: Scratch, forge: LocalForge) -> None:
    new = a_new(scratch)
    merged(scratch, forge)
    refs = scratch.refs()
    assert forge_of(scratch).ensure_proposal(new).state is ProposalState.MERGED
    assert isinstance(forge_of(scratch).merge(a_merge(scratch, the_proposal(forge))), NotYet)
    assert scratch.refs() == refs


def test_a_branch_that_somebody_looks_at_stays_after_the_merge(scratch: Scratch, tmp_path: Path) -> None:
    forge = forge_of(scratch)
    proposal = forge.ensure_proposal(a_new(scratch))
    scratch.git("worktree", "add", "--quiet", str(tmp_path / "linked"), BRANCH)
    assert isinstance(forge.merge(a_merge(scratch, proposal)), Merged)
    assert scratch.exists(REF)
    assert scratch.status(tmp_path / "linked") == []
    assert the_proposal(forge_of(scratch)).state is ProposalState.MERGED


def test_a_work_tree_whose_index_is_locked_follows_later(scratch: Scratch, forge: LocalForge) -> None:
    lock = scratch.root / ".git" / "index.lock"
    lock.touch()
    note = merged(scratch, forge).note
    assert "does not show" in note
    assert "index.lock" in note
    assert scratch.exists(BEHIND)
    (stuck,) = forge_of(scratch).recover()
    assert "index.lock" in stuck
    lock.unlink()
    assert forge_of(scratch).recover() == ()
    assert scratch.status() == []
    assert not scratch.exists(BEHIND)


def test_a_work_tree_that_fell_behind_twice_follows_at_once(scratch: Scratch) -> None:
    lock = scratch.root / ".git" / "index.lock"
    lock.touch()
    merged(scratch, forge_of(scratch))
    first = scratch.head(BEHIND)
    forge = forge_of(scratch)
    branch = "promoter/yolo/v9-gray-20-to-50-abcdef012"
    new = a_new(scratch, branch=branch, files={PATH: a_manifest(50)})
    assert isinstance(
        forge.merge(a_merge(scratch, forge.ensure_proposal(new), files={PATH: a_manifest(50)})), Merged
    )
    assert scratch.head(BEHIND) == first
    lock.unlink()
    forge_of(scratch).recover()
    assert scratch.status() == []
    assert scratch.read(PATH) == a_manifest(50)


def test_what_the_user_staged_by_hand_is_not_taken_for_what_a_kill_left(scratch: Scratch) -> None:
    """Staging the old weight is how a human begins a rollback: no tick may undo that."""
    merged(scratch, forge_of(scratch))
    scratch.write(PATH, a_manifest(5))
    scratch.git("add", PATH)
    assert forge_of(scratch).recover() == ()
    assert scratch.status() == [f"M  {PATH}"]


def test_a_branch_called_promoter_is_in_the_way_and_named(scratch: Scratch) -> None:
    scratch.git("branch", "promoter")
    with pytest.raises(Exception, match=r"'refs/heads/promoter' exists.*rename the branch"):
        forge_of(scratch).ensure_proposal(a_new(scratch))
    assert forge_of(scratch).recover() == ()
    assert forge_of(scratch).read(["yolo"])["yolo"].proposals == ()
    assert set(scratch.refs()) == {"refs/heads/main", "refs/heads/promoter"}
