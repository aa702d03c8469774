import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.core.evidence import Answer, InstantValue, Query, RangeValues, RawSamples, Series, Unknown
from promoter.errors import RecordingError
from promoter.metrics.recording import Recording, read_recording, recording_json

AT = datetime(2026, 1, 7, 8, 19, 39, tzinfo=UTC)
NAME = "evidence.json"

texts = st.text(st.characters(codec="utf-8"), max_size=20)
moments = st.floats(0, 4e9, allow_nan=False)


@st.composite
def a_series(draw: st.DrawFn) -> Series:
    labels = draw(st.dictionaries(texts, texts, max_size=3))
    times = sorted(draw(st.sets(moments, max_size=5)))
    values = draw(st.lists(st.floats(), min_size=len(times), max_size=len(times)))
    return Series(tuple(sorted(labels.items())), tuple(times), tuple(values))


any_query: st.SearchStrategy[Query] = st.one_of(
    st.builds(RawSamples, texts, moments, moments),
    st.builds(RangeValues, texts, moments, moments, moments),
    st.builds(InstantValue, texts, moments),
)
unknowns = st.builds(Unknown, st.text(st.characters(categories=["L", "N"]), max_size=50))
any_answer = st.one_of(unknowns, st.builds(Answer, st.lists(a_series(), max_size=3).map(tuple)))


@given(st.dictionaries(st.none() | texts, st.dictionaries(any_query, any_answer, min_size=1), max_size=3))
def test_what_was_recorded_is_read_back_as_it_was(
    answers: dict[str | None, dict[Query, Answer | Unknown]],
) -> None:
    text = recording_json(Recording(at=AT, answers=answers))
    back = read_recording(NAME, text)
    assert back.at == AT
    assert {tenant: repr(sorted(map(repr, found.items()))) for tenant, found in back.answers.items()} == {
        tenant: repr(sorted(map(repr, found.items()))) for tenant, found in answers.items()
    }
    assert recording_json(back) == text


def test_a_recording_is_json_with_a_line_for_each_query() -> None:
    series = Series((("version", "v9"),), (1767772800.0, 1767772815.5), (math.nan, 0.25))
    answers: dict[Query, Answer | Unknown] = {
        InstantValue("up", 60.0): Unknown("no answer"),
        RawSamples("m", 0.0, 60.0): Answer((series,)),
    }
    assert recording_json(Recording(at=AT, answers={None: answers})) == (
        '{"version": 1, "at": "2026-01-07T08:19:39Z", "answers": [\n'
        '{"instant":"up","at":60,"unknown":"no answer"},\n'
        '{"raw":"m","start":0,"end":60,"series":[{"labels":{"version":"v9"},'
        '"times":[1767772800,1767772815.5],"values":["NaN",0.25]}]}\n'
        "]}\n"
    )


def test_the_moment_may_be_written_in_any_zone() -> None:
    at = AT.astimezone(timezone(timedelta(hours=8)))
    text = recording_json(Recording(at=at, answers={})).replace("08:19:39Z", "16:19:39+08:00")
    assert read_recording(NAME, text) == Recording(at=AT, answers={})


def entry(**changes: Any) -> str:
    """A recording of one query with some of its parts changed; None takes a part out."""
    series = {"labels": {"a": "b"}, "times": [1, 2], "values": [3, "NaN"]}
    one = {"raw": "m", "start": 0, "end": 60, "series": [series], **changes}
    kept = {key: value for key, value in one.items() if value is not None}
    return json.dumps({"version": 1, "at": "2026-01-07T08:19:39Z", "answers": [kept]})


def with_series(**changes: Any) -> str:
    return entry(series=[{"labels": {"a": "b"}, "times": [1, 2], "values": [3, "NaN"], **changes}])


def test_the_unchanged_entry_is_fine() -> None:
    assert read_recording(NAME, entry()).answers[None]
    assert read_recording(NAME, entry(tenant="a")).answers["a"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "evidence.json:1:1: no JSON: expecting value; record it anew with --record"),
        ('{"version": 1,\n}', "evidence.json:2:1: no JSON"),
        ("[" * 100_000, "evidence.json: no recorded evidence: "),
        ("[]", "it has no version"),
        ('{"version": 2}', "version 2 is not 1, the one this promoter reads"),
        ('{"version": 1, "at": "2026-01-07T08:19:39Z"}', "it should have version, at and answers"),
        ('{"version": 1, "at": "yesterday", "answers": []}', "'yesterday'"),
        ('{"version": 1, "at": 7, "answers": []}', "at is no text"),
        ('{"version": 1, "at": "2026-01-07T08:19:39", "answers": []}', "at has no time zone"),
        ('{"version": 1, "at": "2026-01-07T08:19:39Z", "answers": {}}', "answers is no list"),
        ('{"version": 1, "at": "2026-01-07T08:19:39Z", "answers": [NaN]}', "NaN is no JSON number"),
        ('{"version": 1, "at": "2026-01-07T08:19:39Z", "answers": [7]}', "answer 1: it is no object"),
        (entry(raw=None), "answer 1: it asks nothing"),
        (entry(step=30), "answer 1: it asks nothing"),
        (entry(raw=7), "answer 1: raw is no text"),
        (entry(tenant=7), "answer 1: tenant is no text"),
        (entry(start="0"), "answer 1: '0' is no number"),
        (entry(start=True), "answer 1: 'True' is no number"),
        (entry(start=10**400), "answer 1: a number too large"),
        (entry(unknown="too"), "answer 1: it should have either series or unknown"),
        (entry(series=None), "answer 1: it should have either series or unknown"),
        (entry(series=None, unknown=7), "answer 1: unknown is no text"),
        (entry(series="m"), "answer 1: series is no list"),
        (entry(series=[{"labels": {}}]), "answer 1: a series is incomplete"),
        (with_series(extra=1), "answer 1: a series is incomplete"),
        (with_series(labels={"a": 1}), "answer 1: labels are no texts"),
        (with_series(labels={"a": "\ud800"}), "surrogates not allowed"),
        (with_series(times=1), "answer 1: times and values are no lists"),
        (with_series(times=[1]), "answer 1: times and values differ in number"),
        (with_series(times=[2, 1]), "answer 1: times are out of order"),
        (with_series(times=[1, 1]), "answer 1: times are out of order"),
        (with_series(times=[1, "+Inf"]), "answer 1: times are out of order"),
        (with_series(values=[1, "one"]), "answer 1: 'one' is no number"),
    ],
)
def test_what_is_no_recording_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(RecordingError) as caught:
        read_recording(NAME, text)
    assert told in str(caught.value)
    assert str(caught.value).startswith(NAME)
    assert "\n" not in str(caught.value)


def test_the_same_query_twice_is_refused() -> None:
    document = json.loads(entry())
    document["answers"] *= 2
    with pytest.raises(RecordingError, match="answer 2: the same query twice"):
        read_recording(NAME, json.dumps(document))


def test_a_reason_from_a_file_is_cleaned() -> None:
    (answer,) = read_recording(NAME, entry(series=None, unknown="a\u001b[31m\nb")).answers[None].values()
    assert answer == Unknown("a [31m b")
