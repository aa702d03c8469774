"""Every call of every writer, broken in every way: run again cleanly, and it is as if nothing had happened."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from promoter.core.proposals import Health
from promoter.errors import PromoterError
from promoter.forge.github import api
from promoter.forge.protocol import Forge, NotYet
from tests.contracts.benches import PATH
from tests.contracts.github_bench import GitHubBench
from tests.contracts.test_forge import BRANCH, EVIDENCE, a_hold, a_merge, a_new, a_status
from tests.fakes.github.faults import Fault
from tests.fakes.github.state import Pull
from tests.git_repository import minute

MODES = {
    "never sent": {"reply": "drop"},
    "reply lost": {"reply": "lose"},
    "refused inside": {"status": 502},
    "done, but 502": {"reply": "after", "status": 502},
}


@dataclass(frozen=True)
class Case:
    """What is there before, and what is done: once broken, then again."""

    before: Callable[[GitHubBench], object]
    act: Callable[[GitHubBench, Forge], object]


def _nothing(bench: GitHubBench) -> None:
    """Only base."""


def _proposed(bench: GitHubBench) -> None:
    bench.forge().ensure_proposal(a_new(bench))


def _outdated(bench: GitHubBench) -> None:
    _proposed(bench)
    bench.commit(PATH, b"# a note\ngray: 5\n")


def _held(bench: GitHubBench) -> None:
    bench.forge().ensure_hold(a_hold(), evidence=EVIDENCE, body="# frozen\n")


def _lifted(bench: GitHubBench) -> None:
    _held(bench)
    bench.forge().lift_hold(a_hold().lift(when=minute(20), by="ada", reason="ok"))


def _closed_by_a_stranger(bench: GitHubBench) -> None:
    _held(bench)
    (issue,) = bench.issues()
    bench.hub.close(issue, "mallory", force=True)


def _closed_by_tim(bench: GitHubBench) -> None:
    _held(bench)
    (issue,) = bench.issues()
    bench.hub.close(issue, "tim")


def _rebuild(bench: GitHubBench, forge: Forge) -> object:
    return forge.ensure_proposal(a_new(bench, files={PATH: b"# a note\ngray: 20\n"}))


def _merge(bench: GitHubBench, forge: Forge) -> object:
    (known,) = forge.read(["yolo"])["yolo"].proposals
    done = forge.merge(a_merge(bench, known))
    return isinstance(done, NotYet) and bench.text() == b"gray: 5\n"


def _status(bench: GitHubBench, forge: Forge) -> object:
    (known,) = forge.read(["yolo"])["yolo"].proposals
    forge.ensure_status(known, a_status(Health.FAILURE))
    return None


def _close(bench: GitHubBench, forge: Forge) -> object:
    for known in forge.read(["yolo"])["yolo"].proposals:
        forge.ensure_closed(known, why="out of date", at=minute(12))
    return None


CASES = {
    "propose": Case(_nothing, lambda bench, forge: forge.ensure_proposal(a_new(bench))),
    "refresh": Case(
        _proposed, lambda bench, forge: forge.ensure_proposal(a_new(bench, refresh=True, body="# new\n"))
    ),
    "rebuild": Case(_outdated, _rebuild),
    "status": Case(_proposed, _status),
    "merge": Case(_proposed, _merge),
    "close": Case(_proposed, _close),
    "hold": Case(
        _nothing, lambda _, forge: forge.ensure_hold(a_hold(), evidence=EVIDENCE, body="# frozen\n")
    ),
    "hold again": Case(_lifted, lambda _, forge: forge.ensure_hold(a_hold(), evidence="", body="# again\n")),
    "lift": Case(
        _held, lambda _, forge: forge.lift_hold(a_hold().lift(when=minute(20), by="ada", reason="ok"))
    ),
    "mend": Case(_closed_by_a_stranger, lambda *_: None),
    "note": Case(_closed_by_tim, lambda *_: None),
}


def picture(bench: GitHubBench) -> object:
    """Everything that people see, without numbers and times."""
    pulls = sorted(
        (pull.head_ref, pull.state, bool(pull.merged), pull.title, pull.body.partition("<!--")[0], pull.draft)
        for pull in bench.hub.state.items.values()
        if isinstance(pull, Pull)
    )
    issues = sorted((issue.state, issue.title, issue.body, tuple(issue.labels)) for issue in bench.issues())
    closed = sorted((issue.title, issue.body) for issue in bench.issues("closed"))
    refs = sorted(bench.hub.bare.refs())
    tree = bench.hub.bare.commit(bench.head(BRANCH) or bench.hub.head()).tree
    heads = [s.state for s in bench.hub.state.statuses.get(bench.head(BRANCH) or "", [])][-1:]
    return pulls, issues, closed, refs, tree, bench.text(), heads


def run(bench: GitHubBench, case: Case, *, until: int | None = None, mode: str = "") -> int:
    """One run of the bot; how many calls it made. Call number `until` goes wrong."""
    forge = bench.forge()
    start = len(bench.github.log)
    fault = Fault(skip=until or 0, times=1, **MODES[mode]) if until is not None else None  # type: ignore[arg-type]
    if fault:
        bench.github.faults.append(fault)
    try:
        forge.recover()
        case.act(bench, forge)
    except PromoterError:
        assert until is not None
    finally:
        bench.github.faults.clear()
    assert fault is None or fault.hits
    return len(bench.github.log) - start


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("name", list(CASES))
def test_a_broken_call_leaves_nothing_that_the_next_run_does_not_mend(
    name: str, mode: str, bench: GitHubBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_PAUSES", ())  # a read that is asked again hides what this is about
    case = CASES[name]
    case.before(bench)
    state = bench.hub.state
    snapshot = bench.hub.bare.refs()
    before = copy.deepcopy(state)
    calls = run(bench, case)
    golden = picture(bench)
    for broken in range(calls):
        _restore(bench, copy.deepcopy(before), snapshot)
        run(bench, case, until=broken, mode=mode)
        run(bench, case)
        assert picture(bench) == golden, f"call {broken} of {name}"
        opened = [pull for pull in bench.hub.state.pulls() if pull.state == "open"]
        assert len(opened) <= 1
        assert len(bench.issues()) <= 1


def _restore(bench: GitHubBench, state: object, refs: dict[str, str]) -> None:
    now = bench.hub.bare.refs()
    changes = [(ref, refs.get(ref), now.get(ref)) for ref in {*now, *refs} if refs.get(ref) != now.get(ref)]
    if changes:
        bench.hub.bare.update(changes)
    bench.hub.state = state  # type: ignore[assignment]
    bench.hub.state.refs = bench.hub.bare.refs()
