"""What real Envoy does with the agent's routes: who answers which camera, and what never reaches it."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Callable

import pytest

from promoter.plant.plant import HOST, Plant
from promoter.plant.processes import wait_until
from promoter.plant.scratch import GRAY, ROUTE, STABLE, Scratch
from promoter.plant.survey import survey
from tests.plant.conftest import now

pytestmark = [pytest.mark.live, pytest.mark.prometheus]
CAMERAS = [f"cam-{number:06}" for number in range(2000)]


def answers(plant: Plant, cameras: list[str | None], **headers: str) -> list[tuple[int, str, str]]:
    """Status, the route's name for the version, and the server's own, of one frame for each camera."""
    connection = http.client.HTTPConnection("127.0.0.1", plant.envoy.port, timeout=20)
    found = []
    for camera in cameras:
        device = {"x-device-id": camera} if camera is not None else {}
        connection.request("POST", "/v1/detect", b"frame", {"host": HOST, **device, **headers})
        answer = connection.getresponse()
        answer.read()
        found.append(
            (answer.status, answer.headers["x-model-version"], answer.headers.get("x-served-by", ""))
        )
    connection.close()
    return found


def gray(plant: Plant) -> set[str]:
    """The cameras that get gray's answers."""
    found = asyncio.run(survey(plant.envoy.port, HOST, CAMERAS))
    assert len(found) == len(CAMERAS)
    return {CAMERAS[answer.device] for answer in found if answer.named == GRAY}


@pytest.fixture
def set_gray(plant: tuple[Plant, Scratch]) -> Callable[[int], None]:
    """Commits a weight, and waits until Envoy routes by it."""
    running, scratch = plant

    def commit(weight: int) -> None:
        before = len(running.routed())
        scratch.introduce("v9s", now(), gray=weight)
        wait_until("the agent", lambda: len(running.routed()) > before)
        assert running.routed()[-1]["weights"] == {STABLE: 100 - weight, GRAY: weight}
        names = {f'"name":"{version}"' for version in (STABLE, GRAY)}

        def routes() -> bool:
            dump = running.envoy.ask("/config_dump?resource=dynamic_route_configs").replace(" ", "")
            weights = dump.replace("\n", "")
            return all(name in weights for name in names) and f'"name":"{GRAY}","weight":{weight},' in weights

        wait_until("Envoy's new routes", routes)

    return commit


def test_a_camera_keeps_its_version_and_joins_gray_at_most_once_on_the_way_up(
    plant: tuple[Plant, Scratch], set_gray: Callable[[int], None]
) -> None:
    running, _ = plant
    before: set[str] = set()
    for weight in (5, 20, 50):
        set_gray(weight)
        once, again = gray(running), gray(running)
        assert once == again
        assert before <= once
        assert abs(len(once) / len(CAMERAS) - weight / 100) < 0.05
        before = once
    set_gray(5)
    assert gray(running) < before


def test_the_version_in_the_answer_is_the_one_that_served_it(plant: tuple[Plant, Scratch]) -> None:
    found = answers(plant[0], list(CAMERAS[:300]), **{"x-model-version": "forged"})
    assert {(status, named == served) for status, named, served in found} == {(200, True)}
    assert {named for _, named, _ in found} <= {STABLE, GRAY}


def test_without_a_device_id_stable_answers(
    plant: tuple[Plant, Scratch], set_gray: Callable[[int], None]
) -> None:
    set_gray(50)
    assert {named for _, named, _ in answers(plant[0], [None] * 200)} == {STABLE}


def test_a_manifest_that_the_agent_cannot_translate_leaves_the_routes_alone(
    plant: tuple[Plant, Scratch], set_gray: Callable[[int], None]
) -> None:
    running, scratch = plant
    set_gray(20)
    before = gray(running)
    route = scratch.path / ROUTE
    text = route.read_text(encoding="utf-8")
    scratch.commit({ROUTE: text.replace("weight: 80", "weight: 95")}, "a wrong weight", now())
    wait_until("the refusal", lambda: "refused" in running.routed()[-1])
    assert "sum to 115" in running.routed()[-1]["refused"]
    assert gray(running) == before
    set_gray(20)


def test_a_dead_version_is_counted_at_the_source_and_nowhere_else(
    plant: tuple[Plant, Scratch], set_gray: Callable[[int], None]
) -> None:
    running, _ = plant
    set_gray(50)
    running.kill_pod(GRAY)
    found = answers(running, list(CAMERAS[:200]))
    assert (503, GRAY, "") in found
    assert {status for status, named, _ in found if named == STABLE} == {200}
    # Two targets, each scraped at its own moment of the second: whichever comes first, both have to come.
    wait_until("the counters", lambda: running.scraper.value(_unreached()) > 0)
    wait_until("gray's silence", lambda: running.scraper.value(f'count(up{{version="{GRAY}"}} == 0)') == 1)
    assert running.scraper.value(f'count(up{{version="{GRAY}"}} == 1)') == 0
    running.start_pod(GRAY, running.behaviour(GRAY))
    wait_until(
        "gray's answers", lambda: all(status == 200 for status, _, _ in answers(running, [*CAMERAS[:50]]))
    )


def _unreached() -> str:
    source = f'reporter="source", model_version="{GRAY}", response_flags=~".*UF.*"'
    return f'sum(istio_requests_total{{{source}, destination_version="unknown"}})'
