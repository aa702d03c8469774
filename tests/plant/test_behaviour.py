import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.plant.behaviour import Behaviour, Gpu
from promoter.plant.scenes import GOOD, UNBATCHED

behaviours = st.builds(
    Behaviour,
    errors=st.floats(0, 1),
    median=st.floats(0.1, 500),
    streams=st.integers(1, 64),
    leak=st.floats(0, 100),
)


@given(behaviours)
def test_a_behaviour_survives_its_journey_to_the_pod(behaviour: Behaviour) -> None:
    assert Behaviour.from_json(behaviour.to_json()) == behaviour


@pytest.mark.parametrize("text", ['{"speed": 3}', "[]", "{"])
def test_anything_else_is_no_behaviour(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Behaviour.from_json(text)


def served(behaviour: Behaviour, rate: float, seconds: float = 20) -> list[float]:
    """The time in ms of each frame of a steady stream."""
    gpu = Gpu(behaviour, random.Random(3))
    moments = [number / rate for number in range(int(rate * seconds))]
    done = [(moment, gpu.infer(moment)) for moment in moments]
    return sorted(1000 * (end - moment) for moment, end in done if end is not None)


def p99(times: list[float]) -> float:
    return times[int(0.99 * len(times))]


def test_a_model_that_takes_one_frame_at_a_time_is_slow_only_under_load() -> None:
    assert p99(served(UNBATCHED, 4)) < 100
    assert p99(served(UNBATCHED, 20)) < 100
    assert p99(served(UNBATCHED, 80)) > 1000
    assert p99(served(GOOD, 400)) < 100


def test_a_full_queue_refuses_frames_and_an_empty_one_takes_them_again() -> None:
    gpu = Gpu(Behaviour(streams=1, queue=2, median=1000.0, sigma=0.0), random.Random(3))
    assert [gpu.infer(0.0) for _ in range(4)] == [1.0, 2.0, 3.0, None]
    assert gpu.infer(1.5) == 4.0


def test_errors_come_at_their_rate() -> None:
    gpu = Gpu(replace(GOOD, errors=0.3), random.Random(3))
    assert 2700 < sum(gpu.fails() for _ in range(10_000)) < 3300
    assert not any(Gpu(GOOD, random.Random(3)).fails() for _ in range(100))


def test_memory_leaks_with_time_and_not_otherwise() -> None:
    leaking, steady = (Gpu(replace(GOOD, leak=leak), random.Random(3)) for leak in (60.0, 0.0))
    assert leaking.memory(10) - leaking.memory(0) > 500
    assert abs(steady.memory(1000) - steady.memory(0)) < 100
