from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from promoter.core.holds import HoldKind
from promoter.errors import ForgeError
from promoter.forge.local import LocalForge
from tests.forge.builders import EVIDENCE, HOLDS, a_hold, forge_of, view
from tests.git_repository import Scratch, minute


def test_a_hold_is_recorded_with_its_evidence_and_body(scratch: Scratch, forge: LocalForge) -> None:
    forge.ensure_hold(a_hold(), evidence=EVIDENCE, body="# frozen\n")
    assert view(forge_of(scratch)).holds == (a_hold(),)
    assert scratch.git("ls-tree", "-r", "--name-only", HOLDS).splitlines() == [
        f"body/freeze-{a_hold().commit[:9]}.md",
        f"evidence/{sha256(EVIDENCE.encode()).hexdigest()}.json",
        "holds.json",
    ]
    assert scratch.git("log", "-1", "--format=%an: %s / %b", HOLDS) == (
        "promoter: record freeze of yolo / promoter: failed: success-rate"
    )
    assert scratch.status() == []
    scratch.git("fsck", "--strict")


def test_a_standing_hold_is_recorded_once(scratch: Scratch, forge: LocalForge) -> None:
    forge.ensure_hold(a_hold(), evidence=EVIDENCE, body="x")
    refs = scratch.refs()
    forge_of(scratch).ensure_hold(a_hold(since=minute(20), reason="other"), evidence="other", body="y")
    assert scratch.refs() == refs


def test_holds_of_other_kinds_commits_and_candidates_stand_beside_it(
    scratch: Scratch, forge: LocalForge
) -> None:
    holds = (
        a_hold(),
        a_hold(HoldKind.PAUSE, candidate="", evidence=""),
        a_hold(commit="cd" * 20),
        a_hold(candidate="v10-gray"),
    )
    for hold in holds:
        forge.ensure_hold(hold, evidence="", body="x")
    assert view(forge).holds == holds
    assert scratch.git("ls-tree", "--name-only", f"{HOLDS}:body").split() == [
        "freeze-ababababa-v10-gray.md",
        "freeze-ababababa.md",
        "freeze-cdcdcdcdc.md",
        "pause-ababababa.md",
    ]


def test_a_lift_keeps_the_hold_and_what_it_was_based_on(scratch: Scratch, forge: LocalForge) -> None:
    forge.ensure_hold(a_hold(), evidence=EVIDENCE, body="x")
    lifted = a_hold().lift(when=minute(20), by="Ada", reason="the bad\nnode is gone")
    forge.lift_hold(lifted)
    assert view(forge).holds == (lifted,)
    refs = scratch.refs()
    forge_of(scratch).lift_hold(lifted)
    forge_of(scratch).lift_hold(replace(lifted, lifted=replace(lifted.lifted, by="Bo")))  # type: ignore[type-var]
    assert scratch.refs() == refs
    assert (
        scratch.git("log", "-1", "--format=%s / %b", HOLDS)
        == "lift freeze of yolo / Ada: the bad node is gone"
    )
    assert len(scratch.git("ls-tree", "-r", HOLDS).splitlines()) == 3


def test_a_hold_that_comes_again_is_told_twice_and_lifted_twice(scratch: Scratch, forge: LocalForge) -> None:
    first = a_hold().lift(when=minute(20), by="Ada", reason="again")
    forge.ensure_hold(a_hold(), evidence=EVIDENCE, body="x")
    forge.lift_hold(first)
    again = a_hold(since=minute(30), evidence=sha256(b"2").hexdigest())
    forge.ensure_hold(again, evidence="2", body="y")
    assert view(forge).holds == (first, again)
    lifted = again.lift(when=minute(40), by="Bo", reason="ok")
    forge.lift_hold(lifted)
    assert view(forge).holds == (first, lifted)
    assert len(scratch.git("ls-tree", "--name-only", f"{HOLDS}:evidence").splitlines()) == 2


def test_a_lift_of_what_was_never_recorded_is_recorded(forge: LocalForge) -> None:
    lifted = a_hold(HoldKind.ROLLBACK).lift(when=minute(20), by="Ada", reason="ok")
    forge.lift_hold(lifted)
    assert view(forge).holds == (lifted,)


def test_a_lift_without_a_human_is_a_bug(forge: LocalForge) -> None:
    with pytest.raises(ValueError, match="by whom"):
        forge.lift_hold(a_hold())


def test_hostile_text_is_kept_as_text(scratch: Scratch, forge: LocalForge) -> None:
    text = 'a"b\n\nRollout: x\r\x1b[31m \u202e $(touch stolen) ${{ x }} 产线'
    hold = a_hold(HoldKind.PAUSE, by=text, reason=text, candidate="../../x", evidence="")
    forge.ensure_hold(hold, evidence="", body=text)
    assert view(forge).holds == (hold,)
    assert scratch.git("log", "-1", "--format=%(trailers)", HOLDS) == ""
    assert "body/pause-ababababa.md" in scratch.git("ls-tree", "-r", "--name-only", HOLDS).splitlines()
    scratch.git("fsck", "--strict")


def test_bytes_that_are_no_text_become_question_marks(forge: LocalForge) -> None:
    forge.ensure_hold(a_hold(reason="x\udcff"), evidence="\udcff", body="\udcff")
    assert [hold.reason for hold in view(forge).holds] == ["x?"]


@pytest.mark.parametrize("rollout", ["..", "a/b", "--output=x", "", "a\nb"])
def test_a_rollout_that_can_have_no_refs_is_refused(
    scratch: Scratch, forge: LocalForge, rollout: str
) -> None:
    refs = scratch.refs()
    with pytest.raises(ForgeError):
        forge.ensure_hold(a_hold(rollout=rollout), evidence="", body="")
    with pytest.raises(ForgeError):
        forge.lift_hold(a_hold(rollout=rollout).lift(when=minute(1), by="x", reason="x"))
    assert scratch.refs() == refs


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 1, "rollout": "other", "holds": []}', None])
def test_damaged_holds_are_an_error_that_names_their_ref(
    scratch: Scratch, forge: LocalForge, text: str | None
) -> None:
    commit = scratch.head("main")
    if text is not None:
        blob = scratch.git("hash-object", "-w", "--stdin", data=text.encode())
        tree = scratch.git("mktree", data=f"100644 blob {blob}\tholds.json\n".encode())
        commit = scratch.git("commit-tree", "-m", "x", tree)
    scratch.git("update-ref", HOLDS, commit)
    with pytest.raises(ForgeError, match=HOLDS):
        forge.read(["yolo"])
    with pytest.raises(ForgeError, match=HOLDS):
        forge.ensure_hold(a_hold(), evidence="", body="")
    assert forge.read(["other"])["other"].holds == ()
