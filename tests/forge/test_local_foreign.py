"""What the bot did not make: branches and records of others, and names that are no names."""

from __future__ import annotations

import pytest

from promoter.core.proposals import Health, ProposalState
from promoter.errors import ForgeError, RepoError
from promoter.forge.local import LocalForge
from tests.forge.builders import (
    BRANCH,
    EVIDENCE,
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
    view,
)
from tests.git_repository import Scratch, minute


@pytest.mark.parametrize("path", ["nosuch", "manifests", "../x", ".github/workflows/x.yml"])
def test_only_a_regular_file_of_base_is_proposed(scratch: Scratch, path: str) -> None:
    scratch.commit({".github/workflows/x.yml": "x"})
    with pytest.raises(RepoError):
        forge_of(scratch).ensure_proposal(a_new(scratch, files={path: a_manifest(20)}))
    assert not scratch.exists(REF)


@pytest.mark.parametrize(
    ("rollout", "branch"),
    [
        ("yolo", "main"), ("yolo", "promoter/other/x"), ("yolo", "promoter/yolo/a/b"), ("yolo", "promoter/yolo"),
        ("yolo", "promoter/yolo/"), ("yolo", "promoter/yolo/--output=stolen"), ("yolo", "promoter/yolo/a..b"),
        ("yolo", "promoter/yolo/a\nb"), ("yolo", "promoter/yolo/x.lock"), ("..", "promoter/../x"),
        ("a/b", "promoter/a/b"), ("--output=x", "promoter/--output=x/y"), ("", "promoter//x"),
        ("yolo", "--output=stolen"), ("yolo", "refs/heads/main"), ("yolo", "promoter/yolo/a b"),
    ],
)  # fmt: skip
def test_hostile_names_are_refused_and_nothing_is_written(
    scratch: Scratch, forge: LocalForge, rollout: str, branch: str
) -> None:
    refs = scratch.refs()
    with pytest.raises((ForgeError, RepoError)):
        forge.ensure_proposal(a_new(scratch, rollout=rollout, branch=branch))
    assert scratch.refs() == refs
    assert not (scratch.root / "stolen").exists()


@pytest.mark.parametrize("name", ["..", "a/b", "--output=x", "a b", "a\nb", "", "a.lock", "\ud800"])
def test_a_rollout_that_can_have_no_refs_is_refused(forge: LocalForge, name: str) -> None:
    with pytest.raises(ForgeError, match="no rollout can be called"):
        forge.read([name])


def test_a_branch_that_a_human_pushed_to_is_left_alone(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    scratch.git("checkout", "--quiet", BRANCH)
    mine = scratch.commit({PATH: a_manifest(15)})
    scratch.git("checkout", "--quiet", "main")
    refs = scratch.refs()
    found = forge.ensure_proposal(a_new(scratch, files={PATH: a_manifest(50)}, refresh=True))
    assert (found.touched, found.head, found.made, found.state) == (True, mine, made.made, ProposalState.OPEN)
    forge.ensure_closed(found, why="stale", at=minute(20))
    assert "bot made" in str(forge.merge(a_merge(scratch, made)))
    assert "bot made" in str(forge.merge(a_merge(scratch, found)))
    assert scratch.refs() == refs
    forge.ensure_status(found, a_status(Health.FAILURE))
    assert the_proposal(forge).status == a_status(Health.FAILURE)
    assert scratch.head(REF) == mine


def test_a_branch_of_a_human_under_our_name_is_left_alone(scratch: Scratch, forge: LocalForge) -> None:
    scratch.git("branch", BRANCH)
    refs = scratch.refs()
    assert view(forge).proposals == ()
    found = forge.ensure_proposal(a_new(scratch))
    assert (found.touched, found.head) == (True, scratch.head("main"))
    assert scratch.refs() == refs


@pytest.mark.parametrize("moved", [False, True])
def test_our_branch_without_its_record_is_adopted(
    scratch: Scratch, forge: LocalForge, *, moved: bool
) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    scratch.git("update-ref", "-d", RECORD)
    if moved:
        scratch.commit({"README.md": "more\n"})
    again = forge_of(scratch).ensure_proposal(a_new(scratch, at=minute(20)))
    assert (again.head, again.base, again.touched) == (made.head, made.base, False)
    assert the_proposal(forge) == again


@pytest.mark.parametrize("what", ["more files", "more commits", "other content", "a foreign parent"])
def test_a_branch_without_a_record_that_holds_anything_else_is_not(scratch: Scratch, what: str) -> None:
    scratch.git("checkout", "--quiet", "-b", BRANCH)
    if what in ("more commits", "a foreign parent"):
        scratch.commit({"smuggled": "x"})
    files: dict[str, bytes | str | None] = {PATH: a_manifest(15 if what == "other content" else 20)}
    if what == "more files":
        files["smuggled"] = "x"
    scratch.commit(files)
    scratch.git("checkout", "--quiet", "main")
    refs = scratch.refs()
    assert forge_of(scratch).ensure_proposal(a_new(scratch)).touched
    assert scratch.refs() == refs


@pytest.mark.parametrize(
    "spoil",
    [
        "no json",
        "another field",
        "another version",
        "no record",
        "a blob",
        "a link",
        "another branch",
        "a tag",
    ],
)
def test_a_damaged_or_foreign_record_is_an_error_that_names_its_ref(
    scratch: Scratch, forge: LocalForge, spoil: str
) -> None:
    forge.ensure_proposal(a_new(scratch))
    text = scratch.show(RECORD, "proposal.json")
    scratch.git("checkout", "--quiet", "--orphan", "x")
    spoiled = {
        "no json": "{",
        "another field": text.replace('"draft"', '"drift"'),
        "another version": text.replace('"version": 1', '"version": 2'),
        "another branch": text.replace(BRANCH, "promoter/yolo/x"),
    }.get(spoil)
    scratch.commit({"proposal.json": spoiled} if spoiled else {"x": "x"})
    head = scratch.head()
    scratch.git("checkout", "--quiet", "--force", "main")
    if spoil == "a link":
        scratch.git("symbolic-ref", RECORD, "refs/heads/main")
    elif spoil == "a blob":
        scratch.git("update-ref", RECORD, scratch.git("hash-object", "-w", "--stdin", data=b"x"))
    else:
        scratch.git("update-ref", RECORD, head)
    refs = scratch.refs()
    with pytest.raises(ForgeError, match=RECORD) as caught:
        forge.read(["yolo"])
    assert "\n" not in str(caught.value)
    with pytest.raises((ForgeError, RepoError)):
        forge.ensure_proposal(a_new(scratch))
    assert forge.read(["other"])["other"].proposals == ()
    forge_of(scratch).recover()
    assert scratch.refs() == refs


def test_a_proposals_branch_that_only_points_elsewhere_is_an_error(
    scratch: Scratch, forge: LocalForge
) -> None:
    forge.ensure_proposal(a_new(scratch))
    scratch.git("symbolic-ref", REF, "refs/heads/main")
    with pytest.raises(ForgeError, match=REF):
        forge.read(["yolo"])


def test_evidence_of_a_hold_does_not_disturb_proposals(scratch: Scratch, forge: LocalForge) -> None:
    made = forge.ensure_proposal(a_new(scratch))
    forge.ensure_hold(a_hold(), evidence=EVIDENCE, body="frozen")
    assert view(forge).proposals == (made,)
