from promoter.plant.cameras import RECENT, Answer, Seen


def seen(*answers: tuple[float, int, str, str, int]) -> Seen:
    found = Seen(devices=10)
    for answer in answers:
        found.add(Answer(*answer))
    return found


def test_a_camera_that_changes_its_version_is_a_move() -> None:
    state = seen((0, 1, "v8", "v8", 200), (1, 1, "v9", "v9", 200), (2, 2, "v9", "v9", 200)).state(2)
    assert state["moves"] == {"v8>v9": 1}
    assert state["versions"]["v9"]["devices"] == 2  # type: ignore[index]
    assert "devices" not in state["versions"]["v8"]  # type: ignore[index]


def test_shares_and_errors_are_those_of_the_last_seconds_and_the_last_answer_stays_known() -> None:
    found = seen((0, 1, "v9", "", 503), (100, 2, "v8", "v8", 200))
    versions = found.state(100)["versions"]
    assert versions == {
        "v8": {"answers": 1, "errors": 0, "last": 100, "devices": 1},
        "v9": {"answers": 0, "errors": 0, "last": 0, "devices": 1},
    }
    assert found.state(100 + RECENT + 1)["answers"] == 2


def test_an_answer_from_another_version_than_the_route_says_is_told() -> None:
    assert seen((0, 1, "v9", "v8", 200)).state(0)["mixed"] == 1
    assert seen((0, 1, "v9", "", 503)).state(0)["mixed"] == 0  # Envoy's own answer has no server
