from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from promoter.core.holds import HoldKind
from promoter.core.proposals import Health, ProposalState
from promoter.errors import ForgeError
from promoter.forge.local import LocalForge
from tests.forge.builders import (
    BEGAN,
    BRANCH,
    MESSAGE,
    PATH,
    RECORD,
    REF,
    a_hold,
    a_manifest,
    a_merge,
    a_new,
    a_status,
    forge_of,
    the_proposal,
)
from tests.git_repository import Scratch, minute


def test_a_proposal_is_a_branch_with_one_commit_and_a_record(scratch: Scratch, forge: LocalForge) -> None:
    base = scratch.head("main")
    made = forge.ensure_proposal(a_new(scratch))
    assert (made.state, made.head, made.made, made.base) == (
        ProposalState.OPEN,
        scratch.head(REF),
        scratch.head(REF),
        base,
    )
    assert scratch.head("main") == base
    assert scratch.git("rev-list", f"main..{REF}").split() == [made.made]
    assert scratch.git("diff", "--name-only", "main", REF) == PATH
    assert scratch.git("cat-file", "blob", f"{REF}:{PATH}").encode() == a_manifest(20)
    assert scratch.git("log", "-1", "--format=%B", REF) == MESSAGE.strip()
    assert scratch.git("ls-tree", "--name-only", RECORD).split() == [
        "body.md",
        "evidence",
        "proposal.json",
    ]
    assert scratch.show(RECORD, f"evidence/{made.digest}.json") == '{"version": 1}'
    assert scratch.status() == []
    scratch.git("fsck", "--strict")


def test_what_was_proposed_is_read_by_another_process(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    assert the_proposal(forge_of(scratch)) == made
    assert forge.read(["yolo", "other"])["other"].proposals == ()
    assert forge.read([]) == {}


def test_twice_is_once(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    refs = scratch.refs()
    again = a_new(scratch, at=minute(20), body="other", evidence="other", message="other")
    assert forge_of(scratch).ensure_proposal(again) == made
    assert scratch.refs() == refs


def test_the_same_input_gives_the_same_commits(scratch: Scratch, forge: LocalForge) -> None:
    forge.ensure_proposal(a_new(scratch))
    refs = scratch.refs()
    for ref in (REF, RECORD):
        scratch.git("update-ref", "-d", ref)
    forge.ensure_proposal(a_new(scratch))
    assert scratch.refs() == refs


def test_a_refresh_rewrites_body_and_evidence_only(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    forge.ensure_status(made, a_status())
    record = scratch.head(RECORD)
    new = a_new(scratch, at=minute(20), body="new body", evidence="new", refresh=True)
    fresh = forge.ensure_proposal(new)
    assert (fresh.head, fresh.status) == (made.head, a_status())
    assert fresh.digest != made.digest
    assert scratch.show(RECORD, "body.md") == "new body"
    assert scratch.head(f"{RECORD}^") == record
    for digest, text in ((made.digest, '{"version": 1}'), (fresh.digest, "new")):
        assert scratch.show(RECORD, f"evidence/{digest}.json") == text
    refs = scratch.refs()
    assert forge.ensure_proposal(replace(new, at=minute(25))) == fresh
    assert scratch.refs() == refs


def test_a_draft_that_a_human_asks_for_is_no_draft_any_more(scratch: Scratch, forge: LocalForge) -> None:
    assert forge.ensure_proposal(a_new(scratch, draft=True)).draft
    asked = forge.ensure_proposal(a_new(scratch, body="not written"))
    assert not asked.draft
    assert not the_proposal(forge).draft
    assert scratch.show(RECORD, "body.md") == "# healthy"


def test_a_base_that_moved_elsewhere_leaves_the_proposal(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    scratch.commit({"README.md": "more\n"})
    assert forge_of(scratch).ensure_proposal(a_new(scratch)) == made


def test_a_proposal_whose_file_changed_on_base_is_rebuilt(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    forge.ensure_status(made, a_status())
    base = scratch.commit({PATH: a_manifest(5) + b" # note"})
    content = a_manifest(20) + b" # note"
    rebuilt = forge_of(scratch).ensure_proposal(a_new(scratch, files={PATH: content}, at=minute(20)))
    assert (rebuilt.base, rebuilt.head, rebuilt.status) == (base, scratch.head(REF), None)
    assert scratch.git("rev-list", f"main..{REF}").split() == [rebuilt.made]
    assert scratch.git("cat-file", "blob", f"{REF}:{PATH}").encode() == content
    assert scratch.git("merge-base", "--is-ancestor", made.made, RECORD) == ""  # what it was is kept


def test_a_proposal_is_rebuilt_where_base_was_rewritten(scratch: Scratch, forge: LocalForge) -> None:
    scratch.commit({"secret": "x"})
    made = forge_of(scratch).ensure_proposal(a_new(scratch))
    scratch.git("reset", "--quiet", "--hard", "HEAD~1")
    rebuilt = forge_of(scratch).ensure_proposal(a_new(scratch))
    assert rebuilt.base == scratch.head("main") != made.base


def test_a_proposal_that_would_change_nothing_is_refused(scratch: Scratch, forge: LocalForge) -> None:
    with pytest.raises(ForgeError, match="already is"):
        forge.ensure_proposal(a_new(scratch, files={PATH: a_manifest(5)}))
    assert not scratch.exists(REF)


def test_a_deleted_branch_is_a_closed_proposal(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    scratch.git("branch", "--quiet", "-D", BRANCH)
    closed = the_proposal(forge)
    assert (closed.state, closed.head, closed.closed_at) == (ProposalState.CLOSED, None, minute(10))
    forge.ensure_closed(closed, why="stale", at=minute(20))
    forge.ensure_status(closed, a_status())
    assert "bot made" in str(forge.merge(a_merge(scratch, made)))
    assert the_proposal(forge) == closed
    scratch.git("gc", "--quiet", "--prune=now")
    assert scratch.git("cat-file", "blob", f"{made.made}:{PATH}").encode() == a_manifest(20)


def test_a_closed_proposal_is_opened_again_when_asked(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    forge.ensure_status(made, a_status())
    scratch.git("branch", "--quiet", "-D", BRANCH)
    again = forge.ensure_proposal(a_new(scratch, at=minute(30), body="again"))
    assert (again.state, again.head, again.status) == (ProposalState.OPEN, scratch.head(REF), None)
    assert scratch.show(RECORD, "body.md") == "again"
    scratch.git("branch", "--quiet", "-D", BRANCH)
    assert the_proposal(forge).closed_at == minute(30)


def test_closing_once_more_after_a_resume_is_later_than_the_resume(
    scratch: Scratch, forge: LocalForge
) -> None:
    forge.ensure_proposal(a_new(scratch))
    scratch.git("branch", "--quiet", "-D", BRANCH)
    veto = a_hold(HoldKind.VETO, evidence="")
    forge.ensure_hold(veto, evidence="", body="")
    forge.lift_hold(veto.lift(when=minute(30), by="Ada", reason="go on"))
    forge.ensure_proposal(a_new(scratch, at=minute(30)))  # in the very second of the resume
    scratch.git("branch", "--quiet", "-D", BRANCH)
    closed_at = the_proposal(forge).closed_at
    assert closed_at is not None
    assert closed_at > minute(30)


def test_a_withdrawn_proposal_leaves_a_record(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    forge.ensure_closed(made, why="out of date", at=minute(20))
    gone = the_proposal(forge)
    assert (gone.state, gone.head, gone.closed_at) == (ProposalState.WITHDRAWN, None, minute(20))
    assert not scratch.exists(REF)
    refs = scratch.refs()
    forge.ensure_closed(made, why="out of date", at=minute(21))
    assert scratch.refs() == refs
    again = forge.ensure_proposal(a_new(scratch, at=minute(30)))
    assert (again.state, the_proposal(forge)) == (ProposalState.OPEN, again)


def test_a_branch_that_somebody_looks_at_is_not_deleted_under_their_feet(
    scratch: Scratch, tmp_path: Path
) -> None:
    forge = forge_of(scratch)
    made = forge.ensure_proposal(a_new(scratch))
    scratch.git("worktree", "add", "--quiet", str(tmp_path / "linked"), BRANCH)
    forge.ensure_closed(made, why="out of date", at=minute(20))
    assert (the_proposal(forge).state, scratch.head(REF)) == (ProposalState.WITHDRAWN, made.made)
    assert scratch.status(tmp_path / "linked") == []
    scratch.commit({PATH: a_manifest(5) + b"."})
    again = forge_of(scratch).ensure_proposal(a_new(scratch, files={PATH: a_manifest(20) + b"."}))
    assert (again.state, again.head) == (ProposalState.OPEN, scratch.head(REF))
    assert again.head != made.head
    assert scratch.status(tmp_path / "linked") == []


def test_a_status_is_written_when_it_changes_or_its_evidence_is_half_way(
    scratch: Scratch, forge: LocalForge
) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    head = scratch.head(REF)
    records = [scratch.head(RECORD)]
    for status in (
        a_status(at=10),
        a_status(at=24.9),
        a_status(at=25),
        a_status(Health.PENDING, at=26),
        a_status(Health.PENDING, at=27, summary="other"),
        a_status(Health.FAILURE, at=26.5),
    ):
        forge.ensure_status(made, status)
        records.append(scratch.head(RECORD))
    written = [before != after for before, after in pairwise(records)]
    assert written == [True, False, True, True, True, False]  # the last: evidence older than what is there
    assert the_proposal(forge).status == a_status(Health.PENDING, at=27, summary="other")
    assert scratch.head(REF) == head


@pytest.mark.parametrize("way", ["no-ff", "ff", "with more commits"])
def test_a_proposal_merged_with_plain_git_is_merged(scratch: Scratch, forge: LocalForge, way: str) -> None:
    forge.ensure_proposal(a_new(scratch))
    if way == "with more commits":
        scratch.git("checkout", "--quiet", BRANCH)
        scratch.commit({"README.md": "more"})
        scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "--ff-only" if way == "ff" else "--no-ff", BRANCH)
    refs = scratch.refs()
    assert the_proposal(forge_of(scratch)).state is ProposalState.MERGED
    assert scratch.refs() == refs
    assert forge_of(scratch).recover() == ()
    assert scratch.exists(REF) is (way == "with more commits")
    if not scratch.exists(REF):
        assert the_proposal(forge).state is ProposalState.MERGED  # on record, whatever base does later
    else:
        scratch.git("branch", "--quiet", "-D", BRANCH)
        assert the_proposal(forge_of(scratch)).state is ProposalState.MERGED


def test_a_squash_merge_whose_branch_is_deleted_is_closed_for_that_step_only(scratch: Scratch) -> None:
    forge_of(scratch).ensure_proposal(a_new(scratch))
    scratch.git("merge", "--quiet", "--squash", BRANCH)
    scratch.git("commit", "--quiet", "-m", "squashed")
    scratch.git("branch", "--quiet", "-D", BRANCH)
    closed = the_proposal(forge_of(scratch))
    assert (closed.state, closed.began) == (ProposalState.CLOSED, BEGAN)
