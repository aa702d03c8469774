"""drills: a record of its own ref, that nobody has to know of, and that is never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoter.errors import ForgeError
from promoter.forge.drills import KEPT, DrillLog, drills_ref
from promoter.repo.base import Repository
from promoter.repo.commit import tree_of, write_commit
from promoter.repo.refs import update_refs
from tests.core.test_drills import a_drill
from tests.git_repository import Scratch, minute

REF = "refs/promoter/drills/yolo"


def log(scratch: Scratch) -> DrillLog:
    return DrillLog(Repository.open(scratch.root))


def test_drills_are_kept_in_their_order(scratch: Scratch) -> None:
    assert log(scratch).read("yolo") == ()
    drills = [a_drill(float(n), at=minute(n)) for n in range(3)]
    for drill in drills:
        assert log(scratch).keep(drill) == REF
    assert log(scratch).read("yolo") == tuple(drills)
    assert log(scratch).read("other") == ()
    assert scratch.git("log", "--format=%s", REF).splitlines()[0] == "drill rollback of yolo: 2.00 s"
    scratch.git("fsck", "--strict")


def test_the_record_stays_short_and_its_history_whole(scratch: Scratch) -> None:
    mine = log(scratch)
    for number in range(KEPT + 3):
        mine.keep(a_drill(float(number)))
    kept = log(scratch).read("yolo")
    assert (len(kept), kept[0].seconds) == (KEPT, 3.0)
    assert len(scratch.git("rev-list", REF).splitlines()) == KEPT + 3


def test_a_problem_with_several_lines_is_one_line_of_history(scratch: Scratch) -> None:
    log(scratch).keep(a_drill(problem="first\n\nRollout: other\x1b[31m"))
    subject = scratch.git("log", "-1", "--format=%B", REF)
    assert subject.startswith("drill rollback of yolo: first Rollout: other")


def test_two_at_once_are_both_kept(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    place, other = "promoter.forge.drills.update_refs", a_drill(7.0)

    def slow(*arguments: object) -> bool:
        monkeypatch.setattr(place, update_refs)
        log(scratch).keep(other)
        return update_refs(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(place, slow)
    log(scratch).keep(a_drill(8.0))
    assert [drill.seconds for drill in log(scratch).read("yolo")] == [7.0, 8.0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"version": 2, "rollout": "yolo", "drills": []}',
        '{"version": 1, "rollout": "x", "drills": []}',
    ],
)
def test_a_damaged_record_is_an_error_with_its_ref(scratch: Scratch, text: str) -> None:
    objects = log(scratch).repo.objects
    tree = tree_of(objects, {"drills.json": text.encode()})
    scratch.git("update-ref", REF, write_commit(objects, tree=tree, parents=[], message="m", when=minute(0)))
    with pytest.raises(ForgeError, match=REF):
        log(scratch).read("yolo")


def test_a_time_without_its_zone_is_no_record(scratch: Scratch) -> None:
    naive = replace(a_drill(), at=minute(0).replace(tzinfo=None) + timedelta(0))
    log(scratch).keep(naive)
    with pytest.raises(ForgeError, match="without their zone"):
        log(scratch).read("yolo")


def test_a_rollouts_name_leads_nowhere_else() -> None:
    with pytest.raises(ForgeError):
        drills_ref("../heads/main")
