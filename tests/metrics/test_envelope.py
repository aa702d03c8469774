import json
import math
from typing import Any

import pytest

from promoter.core.evidence import Series
from promoter.metrics.envelope import Result, read_envelope
from promoter.metrics.reasons import Blame, NotAnsweredError


def success(kind: str, result: object, **envelope: object) -> bytes:
    data = {"resultType": kind, "result": result}
    return json.dumps({"status": "success", "data": data, **envelope}).encode()


def one(values: object, **metric: str) -> bytes:
    return success("matrix", [{"metric": metric, "values": values}])


def refused(body: bytes, status: int = 200) -> NotAnsweredError:
    with pytest.raises(NotAnsweredError) as caught:
        read_envelope(body, status)
    return caught.value


def test_a_matrix_is_read_into_series_in_the_order_of_their_labels() -> None:
    series = [
        {"metric": {"b": "2", "__name__": "m"}, "values": [[1, "1"], [2.5, "1e+06"]]},
        {"metric": {"__name__": "m", "b": "1"}, "values": [[1, "-0.5"]]},
    ]
    assert read_envelope(success("matrix", series), 200) == Result(
        "matrix",
        (
            Series((("__name__", "m"), ("b", "1")), (1.0,), (-0.5,)),
            Series((("__name__", "m"), ("b", "2")), (1.0, 2.5), (1.0, 1e6)),
        ),
    )


def test_a_vector_and_a_scalar_are_series_with_one_sample() -> None:
    vector = success("vector", [{"metric": {"a": "b"}, "value": [7, "3"]}])
    assert read_envelope(vector, 200) == Result("vector", (Series((("a", "b"),), (7.0,), (3.0,)),))
    assert read_envelope(success("scalar", [7, "3"]), 200) == Result("scalar", (Series((), (7.0,), (3.0,)),))


def test_no_series_is_an_answer() -> None:
    assert read_envelope(success("vector", []), 200) == Result("vector", ())


def test_values_that_are_not_finite_are_read_as_such() -> None:
    (series,) = read_envelope(one([[1, "NaN"], [2, "+Inf"], [3, "-Inf"]]), 200).series
    assert math.isnan(series.values[0])
    assert series.values[1:] == (math.inf, -math.inf)


def test_labels_may_be_called_like_the_parts_of_an_answer() -> None:
    labels = {"metric": "x", "value": "z", "values": "y"}
    (series,) = read_envelope(success("vector", [{"metric": labels, "value": [1, "1"]}]), 200).series
    assert series.labels == (("metric", "x"), ("value", "z"), ("values", "y"))


def test_infos_are_no_reason_to_doubt() -> None:
    assert read_envelope(success("vector", [], infos=["PromQL info: ..."]), 200).series == ()


@pytest.mark.parametrize(
    ("envelope", "told"),
    [
        ({"warnings": ["store a is down", "b too"]}, "partial answer: store a is down; b too"),
        ({"warnings": "odd"}, "partial answer: odd"),
        ({"isPartial": True}, "partial answer: isPartial"),
    ],
)
def test_a_partial_answer_is_none(envelope: dict[str, Any], told: str) -> None:
    error = refused(success("vector", [], **envelope))
    assert error.reason == told
    assert error.blame is Blame.QUERY


def test_no_warnings_at_all_are_fine() -> None:
    assert read_envelope(success("vector", [], warnings=[], isPartial=False), 200).series == ()


@pytest.mark.parametrize(
    ("status", "blame"), [(200, Blame.QUERY), (400, Blame.QUERY), (422, Blame.QUERY), (503, Blame.REQUEST)]
)
def test_an_error_is_told_in_prometheus_own_words(status: int, blame: Blame) -> None:
    error = refused(b'{"status":"error","errorType":"timeout","error":"query timed out"}', status)
    assert error.reason == f"Prometheus answered {status}: timeout: query timed out"
    assert error.blame is blame
    assert not error.transient


def test_an_error_with_data_is_still_an_error() -> None:
    body = b'{"status":"error","error":"no","data":{"resultType":"vector","result":[]}}'
    assert "no" in refused(body).reason


@pytest.mark.parametrize(
    ("status", "blame", "transient"),
    [
        (200, Blame.SERVER, False),
        (418, Blame.SERVER, False),
        (400, Blame.QUERY, False),
        (414, Blame.QUERY, False),
        (500, Blame.REQUEST, False),
        (502, Blame.REQUEST, True),
        (503, Blame.REQUEST, True),
        (504, Blame.REQUEST, True),
    ],
)
def test_html_is_no_answer_of_prometheus(status: int, blame: Blame, transient: bool) -> None:  # noqa: FBT001
    error = refused(b"\n<!DOCTYPE html><html>Log in</html>", status)
    assert error.reason == f"the server answered {status} with HTML, not with JSON"
    assert (error.blame, error.transient) == (blame, transient)


def test_nothing_and_other_json_are_no_answer_of_prometheus() -> None:
    assert refused(b"").reason == "the server answered 200 with nothing, not with JSON"
    assert (
        refused(b'{"ok":true}').reason
        == "the server answered 200 with something else, not as Prometheus does"
    )
    assert refused(b"[1]").blame is Blame.SERVER


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (one([[1, "1"]])[:-9], "no valid JSON"),
        (b'{"status":"success","data":' + b"[" * 100_000, "no valid JSON"),
        (b'{"status":"success"\xff}', "no valid JSON"),
        (one([[1, "1"]]).replace(b'"1"', b"NaN"), "NaN is no JSON number"),
        (one([[1, "1"]]).replace(b"[1,", b"[Infinity,"), "Infinity is no JSON number"),
        (b'{"status":"success"}', "not built as the API describes"),
        (success("matrix", None), "not built as the API describes"),
        (success("matrix", [1]), "something"),
        (success("matrix", [{"values": [[1, "1"]]}]), "something"),
        (success("matrix", [{"metric": {}}]), "a series without samples"),
        (success("streams", []), "a result of type 'streams'"),
        (success("vector", [{"metric": {}, "histogram": [1, {}]}]), "a native histogram"),
        (success("matrix", [{"metric": {}, "values": [], "histograms": []}]), "a native histogram"),
        (one([]), "a series without samples"),
        (one([[1, "1"], [2]]), "shorter"),
        (one([[1, "1"], [1, "1"]]), "times out of order"),
        (one([[2, "1"], [1, "1"]]), "times out of order"),
        (one([[1e999, "1"]]).replace(b"Infinity", b"1e999"), "times out of order"),
        (one([["1", "1"]]), "a time that is no number"),
        (one([[True, "1"]]), "a time that is no number"),
        (one([[1, "1_0"]]), "a value that is no number"),
        (one([[1, "one"]]), "a value that is no number"),
        (one([[1, ""]]), "a value that is no number"),
        (one([[1, "1"], [2, ""]]), "could not convert"),
        (one([[1, 1]]), "not built as the API describes"),
        (success("matrix", [{"metric": {"a": 1}, "values": [[1, "1"]]}]), "not built as the API describes"),
        (one([[1, "1"]], a="\ud800"), "surrogates not allowed"),
        (success("matrix", [{"metric": {}, "values": [[1, "1"]]}] * 2), "the same series twice"),
        (b'{"status":"success","data":{"resultType":"scalar","result":[' + b"9" * 5000 + b',"1"]}}', "limit"),
    ],
)
def test_what_is_not_built_as_it_should_be_is_malformed(body: bytes, told: str) -> None:
    error = refused(body)
    assert error.reason.startswith("malformed answer: ")
    assert told in error.reason or told == "something"
    assert error.blame is Blame.QUERY
