import pytest

from promoter.core.evidence import Series
from promoter.metrics.expressions import joinable, marked, unmarked


@pytest.mark.parametrize(
    "text",
    ["up", "avg(up)", "(up)", "-up", "1 + up", "up > bool 1", "rate(up[5m])", "absent(up)", "vector(1)"],
)
def test_instant_vectors_can_be_joined(text: str) -> None:
    assert joinable(text)


@pytest.mark.parametrize(
    "text",
    ["1", "1 + 1", "-1", "(1)", "time()", "scalar(up)", '"text"', "up[5m]", "up[5m:1m]", "up{", "\ud800", ""],
)
def test_anything_else_is_asked_alone(text: str) -> None:
    assert not joinable(text)


def test_an_expression_with_a_comment_is_asked_alone() -> None:
    assert not joinable("up # the rest of the line")


def test_a_mark_is_a_label_that_is_taken_off_again() -> None:
    assert marked("up", 7) == 'label_replace(up,"promoter_query","7","","")'
    series = Series((("a", "b"), ("promoter_query", "7")), (1.0,), (2.0,))
    assert unmarked(series) == (7, Series((("a", "b"),), (1.0,), (2.0,)))


def test_a_result_without_a_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="int"):
        unmarked(Series((), (1.0,), (2.0,)))
