"""Two processes at once, and a process that is killed between any two effects."""

from __future__ import annotations

import gc
import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import promoter.forge.local as module
from promoter.core.proposals import ProposalState
from promoter.forge.local import LocalForge
from promoter.forge.protocol import Merged
from promoter.repo.refs import update_refs
from promoter.repo.work_tree import follow
from tests.forge.builders import (
    EVIDENCE,
    PATH,
    RECORD,
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

CONTEXT = multiprocessing.get_context("fork")


class KilledError(BaseException):
    """The process is gone."""


def _merge(root: Path, start: object, results: object) -> None:
    scratch = Scratch(root)
    forge = forge_of(scratch)
    request = a_merge(scratch, the_proposal(forge))
    start.wait()  # type: ignore[attr-defined]
    results.put(isinstance(forge.merge(request), Merged))  # type: ignore[attr-defined]


def _whole_tick(root: Path, start: object, results: object) -> None:
    scratch = Scratch(root)
    forge = forge_of(scratch)
    new = a_new(scratch)
    start.wait()  # type: ignore[attr-defined]
    results.put(_promote(scratch, forge, new.base))  # type: ignore[attr-defined]


def _pause(root: Path, start: object, results: object) -> None:
    forge = forge_of(Scratch(root))
    start.wait()  # type: ignore[attr-defined]
    forge.ensure_hold(a_hold(), evidence=EVIDENCE, body="x")
    results.put(True)  # type: ignore[attr-defined]


def _promote(scratch: Scratch, forge: LocalForge, base: str) -> bool:
    forge.recover()
    proposal = forge.ensure_proposal(a_new(scratch, base=base))
    if proposal.state is not ProposalState.OPEN:
        return False
    forge.ensure_status(proposal, a_status())
    return isinstance(forge.merge(a_merge(scratch, proposal, base=base)), Merged)


def _at_once(scratch: Scratch, work: Callable[..., None], count: int = 4) -> list[bool]:
    start, results = CONTEXT.Barrier(count), CONTEXT.Queue()
    workers = [CONTEXT.Process(target=work, args=(scratch.root, start, results)) for _ in range(count)]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    results.close()
    results.join_thread()
    return found


@pytest.mark.parametrize("attempt", range(3))
def test_of_several_processes_exactly_one_merges(scratch: Scratch, attempt: int) -> None:
    forge_of(scratch).ensure_proposal(a_new(scratch))
    assert sorted(_at_once(scratch, _merge)) == [False, False, False, True]
    assert scratch.git("rev-list", "--first-parent", "--count", "main") == "2"
    assert scratch.status() == []
    assert the_proposal(forge_of(scratch)).state is ProposalState.MERGED


@pytest.mark.parametrize("attempt", range(3))
def test_of_several_ticks_exactly_one_promotes(scratch: Scratch, attempt: int) -> None:
    assert sorted(_at_once(scratch, _whole_tick)) == [False, False, False, True]
    assert scratch.git("rev-list", "--first-parent", "--count", "main") == "2"
    assert scratch.git("cat-file", "blob", f"main:{PATH}").encode() == a_manifest(20)
    assert scratch.status() == []
    forge_of(scratch).recover()
    assert set(scratch.refs()) == {"refs/heads/main", RECORD}


def test_several_processes_record_one_hold_once(scratch: Scratch) -> None:
    assert _at_once(scratch, _pause) == [True] * 4
    assert view(forge_of(scratch)).holds == (a_hold(),)


def _freeze(scratch: Scratch, forge: LocalForge) -> None:
    """Propose, freeze, withdraw, resume: each as long as it is not so yet, as a tick does."""
    forge.recover()
    if not view(forge).holds:
        forge.ensure_status(forge.ensure_proposal(a_new(scratch)), a_status())
        forge.ensure_hold(a_hold(), evidence=EVIDENCE, body="x")
    for proposal in view(forge).proposals:
        forge.ensure_closed(proposal, why="frozen", at=minute(12))
    for hold in view(forge).holds:
        forge.lift_hold(hold.lift(when=minute(20), by="Ada", reason="ok"))


def _release(scratch: Scratch, forge: LocalForge) -> None:
    if scratch.show("main", PATH).encode() != a_manifest(20):
        _promote(scratch, forge, scratch.head("main"))
    else:
        forge.recover()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a killed run closes nothing
@pytest.mark.parametrize("deed", [_release, _freeze])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_between_any_two_effects_the_next_run_ends_where_an_unkilled_one_ends(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: Callable[..., None], moment: str
) -> None:
    count, target = 0, -1

    def around(effect: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object, **named: object) -> object:
            nonlocal count
            here, count = count, count + 1
            if here == target and moment == "before":
                raise KilledError
            result = effect(*arguments, **named)
            if here == target:
                raise KilledError
            return result

        return wrapped

    monkeypatch.setattr(module, "update_refs", around(update_refs))
    monkeypatch.setattr(module, "follow", around(follow))
    shutil.copytree(scratch.root, tmp_path / "start", symlinks=True)
    deed(scratch, forge_of(scratch))
    golden = (scratch.refs(), scratch.status(), scratch.read(PATH))
    effects = count
    assert effects >= 4
    for place in range(effects):
        again = Scratch(shutil.copytree(tmp_path / "start", tmp_path / f"{moment}-{place}", symlinks=True))
        again.git("update-index", "-q", "--refresh")
        count, target = 0, place
        with pytest.raises(KilledError):
            deed(again, forge_of(again))
        target = -1
        deed(again, forge_of(again))
        found = (again.refs(), again.status(), again.read(PATH))
        assert found == golden, place
    gc.collect()
