import re
from collections.abc import Sequence
from urllib.parse import quote_plus

import promql_parser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promoter.core.evidence import Answer, InstantValue, Query, RangeValues, RawSamples, Series, Unknown
from promoter.metrics.batching import Limits, RawRequest, ValueRequest, plan
from promoter.metrics.selectors import quoted

VALUES = ["", "x", "y", "x|y", "a.b", "axb", ".*", "(", "\\", '"', "\n", "é", "x y", "$", "^x", "[xy]"]
LABELS = ["a", "b", "c"]
ROOMY = Limits()


def evaluated(text: str, at: float, stored: Sequence[Series]) -> list[Series]:
    """What Prometheus answers to a range selector over plain series, in a few lines."""
    parsed = promql_parser.parse(text)
    assert isinstance(parsed, promql_parser.MatrixSelector)
    selector = parsed.vector_selector
    found = []
    for series in stored:
        labels = dict(series.labels)
        named = selector.name in {None, labels["__name__"]}
        if named and all(matches(m, labels.get(m.name, "")) for m in selector.matchers.matchers):
            start = at - parsed.range.total_seconds()
            samples = [(t, v) for t, v in zip(series.times, series.values, strict=True) if start <= t <= at]
            if samples:
                found.append(Series(series.labels, *map(tuple, zip(*samples, strict=True))))
    return found


def matches(matcher: promql_parser.Matcher, value: str) -> bool:
    kinds = promql_parser.MatchOp
    if matcher.op in (kinds.Equal, kinds.NotEqual):
        return bool((value == matcher.value) == (matcher.op == kinds.Equal))
    return bool((re.fullmatch(matcher.value, value) is not None) == (matcher.op == kinds.Re))


@st.composite
def stored_series(draw: st.DrawFn) -> list[Series]:
    label_sets = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(VALUES[1:]), max_size=3)
    names = st.sampled_from(["m", "n"])
    drawn = draw(st.lists(st.tuples(names, label_sets), max_size=12))
    unique = {tuple(sorted({"__name__": name, **labels}.items())) for name, labels in drawn}
    moments = st.sets(st.integers(0, 20), min_size=1)
    return [
        Series(labels, tuple(map(float, sorted(times))), tuple(float(t % 3) for t in sorted(times)))
        for labels in sorted(unique)
        for times in [draw(moments)]
    ]


@st.composite
def raw_queries(draw: st.DrawFn) -> RawSamples:
    name = draw(st.sampled_from(["m", "n"]))
    equals = draw(st.dictionaries(st.sampled_from(LABELS), st.sampled_from(VALUES)))
    matchers = [f"{label}={quoted(value)}" for label, value in equals.items()]
    if draw(st.booleans()):
        operator = draw(st.sampled_from(["!=", "=~", "!~"]))
        pattern = draw(st.sampled_from(["x|y", ".*", "", r"a\.b", "[xy]"]))
        matchers.append(f"{draw(st.sampled_from(LABELS))}{operator}{quoted(pattern)}")
    if draw(st.booleans()):
        matchers, name = [f"__name__={quoted(name)}", *matchers], ""
    comment = draw(st.sampled_from(["", " # why"]))
    text = f"{name}{{{','.join(matchers)}}}{comment}"
    return RawSamples(text, float(draw(st.integers(0, 14))), float(draw(st.sampled_from([15, 20]))))


@given(
    stored_series(),
    st.lists(raw_queries(), max_size=30),
    st.sampled_from([1, 80, 200, 6000]),
    st.sampled_from([1, 20, 300_000]),
)
@example([], [RawSamples("m", 0.0, 15.0), RawSamples("m", 1.0, 15.0)], 6000, 300_000)
def test_a_batch_answers_every_query_as_if_it_were_asked_alone(
    stored: list[Series], queries: list[RawSamples], url_bytes: int, samples: int
) -> None:
    work = plan(queries, Limits(url_bytes=url_bytes, samples=samples))

    together: dict[Query, Answer | Unknown] = dict(work.known)
    for request in work.requests:
        assert isinstance(request, RawRequest)
        together.update(request.answers(evaluated(request.text, request.end, stored)))
    alone: dict[Query, Answer | Unknown] = {}
    for query in queries:
        single = RawRequest(None, (((), query),))
        alone.update(single.answers(evaluated(single.text, single.end, stored)))
    assert together == alone


@given(st.lists(raw_queries(), max_size=30), st.integers(60, 400))
def test_a_batch_stays_within_the_url_limit(queries: list[RawSamples], limit: int) -> None:
    for request in plan(queries, Limits(url_bytes=limit)).requests:
        assert len(request.queries) == 1 or len(quote_plus(request.text)) <= limit


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from([60.0, 120.0])), max_size=30),
    st.sampled_from([1, 200, 6000]),
)
def test_joined_expressions_are_told_apart_again(asked: list[tuple[int, float]], url_bytes: int) -> None:
    queries = [InstantValue(f"m{number}", at) for number, at in asked]

    answers: dict[Query, Answer] = {}
    for request in plan(queries, Limits(url_bytes=url_bytes)).requests:
        assert isinstance(request, ValueRequest)
        numbers = re.findall(r'label_replace\(m(\d),"promoter_query","(\d+)"', request.text)
        if len(request.queries) == 1:
            numbers = [(request.text[1:], "")]
        series = [
            Series((("m", m), *((("promoter_query", mark),) if mark else ())), (at(request),), (float(m),))
            for m, mark in numbers
        ]
        answers.update(request.answers(series))
    assert answers == {
        q: Answer((Series((("m", q.expr[1:]),), (q.at,), (float(q.expr[1:]),)),)) for q in queries
    }


def at(request: ValueRequest) -> float:
    query = request.queries[0]
    assert isinstance(query, InstantValue)
    return query.at


def test_selectors_of_one_shape_are_one_request() -> None:
    queries = [RawSamples(f'm{{app="a{n}",version="v{v}"}}', 0.0, 600.0) for n in range(20) for v in (8, 9)]
    (request,) = plan(queries, ROOMY).requests
    assert request.text.startswith('{__name__="m",app=~"a0|a1|')
    assert request.text.endswith(',version=~"v8|v9"}[600s]')


def test_a_duplicate_is_asked_once() -> None:
    query = RawSamples("m", 0.0, 60.0)
    assert plan([query, RawSamples("m", 0.0, 60.0)], ROOMY).requests == (plan([query], ROOMY).requests[0],)


def test_what_ends_at_different_times_is_not_merged() -> None:
    assert len(plan([RawSamples("m", 0.0, 60.0), RawSamples("m", 0.0, 61.0)], ROOMY).requests) == 2


def test_a_short_window_does_not_pay_for_a_long_one() -> None:
    short, long = RawSamples('m{a="1"}', 86_000.0, 86_400.0), RawSamples('m{a="2"}', 0.0, 86_400.0)
    assert len(plan([short, long], ROOMY).requests) == 2


def test_windows_of_about_the_same_length_are_merged_and_cut() -> None:
    first, second = RawSamples('m{a="1"}', 0.0, 1000.0), RawSamples('m{a="2"}', 100.0, 1000.0)
    (request,) = plan([first, second], ROOMY).requests
    assert request.text.endswith("[1000s]")
    times, values = (50.0, 100.0, 101.0), (1.0, 2.0, 3.0)
    series = [Series((("a", str(n)),), times, values) for n in (1, 2)]
    assert request.answers(series) == {
        first: Answer((series[0],)),
        second: Answer((Series((("a", "2"),), (101.0,), (3.0,)),)),
    }


def test_a_range_is_open_at_its_start_and_closed_at_its_end() -> None:
    query = RawSamples("m", 10.0, 20.0)
    (request,) = plan([query], ROOMY).requests
    answers = request.answers([Series((), (10.0, 10.5, 20.0, 20.5), (1.0, 2.0, 3.0, 4.0))])
    assert answers == {query: Answer((Series((), (10.5, 20.0), (2.0, 3.0)),))}


def test_the_expected_samples_bound_a_batch() -> None:
    queries = [RawSamples(f'm{{a="{n}"}}', 0.0, 150.0) for n in range(10)]  # 80 samples each
    assert len(plan(queries, Limits(samples=799)).requests) == 2
    assert len(plan(queries, Limits(samples=800)).requests) == 1


def test_expressions_of_one_grid_are_joined_and_others_are_not() -> None:
    same = [RangeValues(f"avg(g{n})", 0.0, 60.0, 30.0) for n in range(3)]
    other: list[Query] = [RangeValues("avg(g0)", 0.0, 60.0, 15.0), InstantValue("avg(g0)", 60.0)]
    sizes = [len(request.queries) for request in plan([*same, *other], ROOMY).requests]
    assert sizes == [3, 1, 1]


def test_scalars_and_broken_expressions_go_alone() -> None:
    queries = [InstantValue(text, 60.0) for text in ("up", "1", "up{", "down # why", "sideways")]
    texts = [request.text for request in plan(queries, ROOMY).requests]
    assert [text for text in texts if "label_replace" not in text] == ["1", "up{", "down # why"]


def test_an_empty_window_holds_nothing_and_is_not_asked() -> None:
    query = RawSamples("m", 60.0, 60.0)
    work = plan([query], ROOMY)
    assert work.requests == ()
    assert work.known == {query: Answer(())}


def test_what_is_no_selector_is_unknown_and_not_asked() -> None:
    query = RawSamples("sum(m)\x1b[31m", 0.0, 60.0)
    work = plan([query], ROOMY)
    assert work.requests == ()
    assert work.known == {query: Unknown("not a PromQL selector: sum(m) [31m")}


@pytest.mark.parametrize("number", ["3", "-1", "x", ""])
def test_a_series_that_no_query_asked_for_is_refused(number: str) -> None:
    request = ValueRequest((InstantValue("a", 1.0), InstantValue("b", 1.0), InstantValue("c", 1.0)))
    with pytest.raises(ValueError, match=r"no query asked|int"):
        request.answers([Series((("promoter_query", number),), (1.0,), (1.0,))])


def test_a_request_can_be_split() -> None:
    queries = [RawSamples(f'm{{a="{n}"}}', 0.0, 60.0) for n in range(5)]
    (request,) = plan(queries, ROOMY).requests
    assert [len(part.queries) for part in request.split(2)] == [2, 2, 1]
    values = ValueRequest(tuple(InstantValue(f"m{n}", 1.0) for n in range(5)))
    assert [len(part.queries) for part in values.split(3)] == [3, 2]
