"""timeline: what commits and humans did to a rollout, oldest first, in three forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from promoter.core.history import Commit
from promoter.core.holds import HoldKind
from promoter.core.proposals import ForgeView
from promoter.core.timeline import EventKind
from promoter.report.timeline import entries, timeline_json, timeline_markdown, timeline_text
from tests.build import AT, a_commit, a_hold, a_policy, a_situation, a_timeline
from tests.report.markup import acted_on, structure, unprintable
from tests.report.reports import hostile_row

LIFTED = a_hold(since=AT - timedelta(hours=1)).lift(when=AT, by="Bo", reason="the bad node is gone")
STORY = a_situation(
    policy=a_policy(name="line-b"),
    weights=(0, 5, 20, 5, 5, 0),
    timeline=a_timeline(
        (0, 5, 20, 5, 5, 0), images={0: "yolo:9", 4: "yolo:10"}, stable_images={0: "yolo:8", 5: "yolo:10"}
    ),
    view=ForgeView(holds=(replace(LIFTED, rollout="line-b"), a_hold(rollout="line-b", since=AT))),
)


def test_the_history_reads_as_it_did(golden: Callable[[str, str], None]) -> None:
    told = entries((STORY,))
    golden("history.txt", timeline_text(told))
    golden("history.md", timeline_markdown(told))
    golden("history.json", timeline_json(told))


def test_every_kind_of_event_is_told() -> None:
    assert {event.kind for event in STORY.timeline.events} == set(EventKind)
    what = " ".join(entry.what for entry in entries((STORY,)))
    for words in (
        "first seen",
        "raised",
        "rolled back",
        "new candidate",
        "finished",
        "hold: freeze",
        "resumed",
    ):
        assert words in what


def test_a_hold_that_came_twice_is_told_twice_and_a_resume_once() -> None:
    what = [entry.what for entry in entries((STORY,)) if ":" in entry.what]
    assert what == ["hold: freeze", "resumed: freeze", "hold: freeze"]


def test_two_candidates_of_a_rollout_tell_its_pause_once() -> None:
    view = ForgeView(holds=(a_hold(HoldKind.PAUSE),))
    both = (a_situation(view=view), replace(a_situation(view=view), candidate="v10-gray"))
    assert [entry.what for entry in entries(both)].count("hold: pause") == 1


def test_the_oldest_comes_first() -> None:
    when = [entry.when for entry in entries((STORY, a_situation()))]
    assert when == sorted(when)


def test_a_promotions_evidence_is_named() -> None:
    commit: Commit = replace(a_commit(9), trailers=(("Rollout-Evidence", "e" * 64),))
    event = replace(STORY.timeline.events[-1], commit=commit)
    situation = replace(STORY, timeline=replace(STORY.timeline, events=(event,)), view=ForgeView())
    assert [entry.evidence for entry in entries((situation,))] == ["e" * 64]


def test_nothing_yet_is_said() -> None:
    assert timeline_text(()) == "nothing has happened yet\n"
    assert json.loads(timeline_json(())) == {"version": 1, "entries": []}


def test_hostile_text_stays_text() -> None:
    told = entries((hostile_row().situation,))
    for text in (timeline_text(told), timeline_markdown(told), timeline_json(told)):
        assert unprintable(text) == []
    assert len(timeline_text(told).splitlines()) == len(told)
    kinds = structure(timeline_markdown(told))
    assert kinds.count("table_open table ") == 1
    assert not any(kind.startswith(("link", "image", "html", "code", "heading")) for kind in kinds)
    assert acted_on(timeline_markdown(told)) == []
