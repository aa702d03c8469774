"""exposition: what the bot says about itself, as Prometheus reads it, whatever others have named things."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.decide import decide
from promoter.core.outcome import Row
from promoter.core.proposals import ForgeView
from promoter.core.subject import Seen
from promoter.report.exposition import HELP, LAST_TICK, Attempt, exposition, last_tick_in
from tests.build import (
    AT,
    DESTINATIONS,
    a_health,
    a_hold,
    a_policy,
    a_situation,
    a_timeline,
)
from tests.report.reports import HOSTILE, a_report, freezing, hostile_row, late, the_plant

LINE = re.compile(
    r'(?P<name>[a-z_]+)(?:\{(?P<labels>(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (?P<value>-?[0-9.e+]+)'
)


def told(*rows: object, **changes: object) -> str:
    attempt = Attempt(version="1.2.3", began=AT, report=a_report(*rows))  # type: ignore[arg-type]
    return exposition(replace(attempt, **changes))  # type: ignore[arg-type]


def series(text: str, name: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]


def a_row(situation: object, **health: object) -> Row:
    judged = a_health(**health)  # type: ignore[arg-type]
    return Row(situation=situation, health=judged, decision=decide(situation, judged))  # type: ignore[arg-type]


def test_the_file_reads_as_it_did(golden: Callable[[str, str], None]) -> None:
    golden("metrics.prom", exposition(Attempt(version="1.2.3", began=AT, report=the_plant())))


@pytest.mark.prometheus
def test_prometheus_own_check_finds_nothing_to_say(prometheus_binaries: Path) -> None:
    for text in (
        exposition(Attempt(version="1.2.3", began=AT, report=the_plant())),
        exposition(Attempt(version="1.2.3", began=AT)),
        told(hostile_row()),
    ):
        done = subprocess.run(
            [prometheus_binaries / "promtool", "check", "metrics"],
            input=text.encode(),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_every_metric_has_its_help_and_is_a_gauge() -> None:
    text = exposition(Attempt(version="1.2.3", began=AT, report=the_plant()))
    names = {match["name"] for line in text.splitlines() if (match := LINE.fullmatch(line))}
    assert names <= set(HELP)
    for name in names:
        assert text.count(f"# HELP {name} ") == text.count(f"# TYPE {name} gauge\n") == 1


def test_a_decision_is_one_of_six() -> None:
    found = series(told(freezing()), "promoter_decision")
    assert len(found) == 6
    assert [line for line in found if line.endswith(" 1")] == [
        'promoter_decision{rollout="line-c",candidate="v9-gray",decision="freeze"} 1'
    ]


def test_a_hold_is_told_by_the_time_it_began() -> None:
    holds = (a_hold(since=AT - timedelta(hours=3)),)
    row = a_row(a_situation(view=ForgeView(holds=holds)))
    at = int((AT - timedelta(hours=3)).timestamp())
    expected = f'promoter_hold_timestamp_seconds{{rollout="yolo",candidate="v9-gray",kind="freeze"}} {at}'
    assert series(told(row), "promoter_hold_timestamp_seconds") == [expected]
    assert series(told(a_row(a_situation())), "promoter_hold_timestamp_seconds") == []


def test_a_freeze_of_this_tick_is_a_hold_from_now_on() -> None:
    (line,) = series(told(freezing()), "promoter_hold_timestamp_seconds")
    assert line.endswith(f'kind="freeze"}} {int(AT.timestamp())}')


def test_what_is_not_applied_is_0_and_what_is_not_asked_is_left_out() -> None:
    assert series(told(late()), "promoter_applied")[0].endswith(" 0")
    assert series(told(a_row(a_situation(), seen=Seen.UNKNOWN)), "promoter_applied")[0].endswith(" 0")
    assert series(told(a_row(a_situation())), "promoter_applied")[0].endswith(" 1")
    zero = a_row(a_situation(weights=(0, 0)), seen=Seen.NOT_ASKED)
    assert series(told(zero), "promoter_applied") == []


def test_weights_are_told_of_stable_once_and_of_every_candidate() -> None:
    assert series(told(a_row(a_situation())), "promoter_weight_percent") == [
        'promoter_weight_percent{rollout="yolo",version="v8-stable"} 95',
        'promoter_weight_percent{rollout="yolo",version="v9-gray"} 5',
    ]


def test_of_several_candidates_nothing_is_said_twice() -> None:
    situation = a_situation(policy=a_policy(candidates=("v9-gray", "v10-gray")))
    route = replace(situation.route, destinations={**DESTINATIONS, "v10-gray": "yolo/v8-stable"})
    both = [replace(situation, route=route, candidate=name) for name in ("v9-gray", "v10-gray")]
    lines = told(*(a_row(one) for one in both)).splitlines()
    names = [line.rsplit(" ", 1)[0] for line in lines if not line.startswith("#")]
    assert len(names) == len(set(names))


def test_a_finished_release_is_told() -> None:
    timeline = a_timeline((0, 100, 0), images={0: "yolo:9"}, stable_images={0: "yolo:8", 2: "yolo:9"})
    row = a_row(a_situation(weights=(0, 100, 0), timeline=timeline), seen=Seen.NOT_ASKED)
    assert series(told(row), "promoter_finished")[0].endswith(" 1")
    assert 'decision="done"} 1' in told(row)


def test_an_alarm_is_told_by_its_name() -> None:
    found = [line for line in series(told(late()), "promoter_alarm") if line.endswith(" 1")]
    assert found == ['promoter_alarm{rollout="line-f",candidate="v9-gray",alarm="apply-overdue"} 1']


def test_a_tick_that_failed_says_so_and_nothing_of_the_rollouts() -> None:
    text = exposition(Attempt(version="1.2.3", began=AT, last_tick=1_000.5))
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        'promoter_build_info{version="1.2.3"} 1',
        f"{LAST_TICK} 1000.5",
        f"promoter_last_attempt_timestamp_seconds {int(AT.timestamp())}",
        "promoter_last_tick_failed 1",
    ]


def test_the_last_tick_is_found_again_in_what_was_written() -> None:
    assert last_tick_in(told(a_row(a_situation()))) == AT.timestamp()
    assert last_tick_in(exposition(Attempt(version="1", began=AT, last_tick=1_000.5))) == 1_000.5


@pytest.mark.parametrize(
    "text", ["", "nonsense", f"# {LAST_TICK} 5", f"{LAST_TICK} NaN", f"{LAST_TICK} -1\n"]
)
def test_another_files_text_tells_no_last_tick(text: str) -> None:
    assert last_tick_in(text) is None
    assert LAST_TICK not in exposition(Attempt(version="1", began=AT, last_tick=last_tick_in(text)))


@given(st.text(max_size=40))
def test_no_name_leaves_its_quotes_or_its_line(name: str) -> None:
    situation = a_situation(policy=a_policy(name=name))
    for text in (told(a_row(situation)), told(a_row(a_situation(policy=a_policy(name=name + HOSTILE))))):
        for line in text.removesuffix("\n").split("\n"):
            assert line.startswith("# ") or LINE.fullmatch(line), line
