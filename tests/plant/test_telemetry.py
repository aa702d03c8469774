from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from promoter.plant.exposition import RequestTally, labelled
from promoter.plant.serving import Request
from promoter.plant.telemetry import Telemetry


def scraped(telemetry: Telemetry) -> str:
    pages: list[bytes] = []
    telemetry.handle(Request("GET", "/metrics", {}, b""), lambda _status, body, _headers: pages.append(body))
    return pages[0].decode()


def counts(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("istio_requests_total{")]


def test_a_request_that_no_pod_answered_is_counted_under_the_version_of_the_route(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text("v9-gray\t503\tUF\t1\tv9-gray\tcam-1\nv9-gray\t200\t-\t17\tv9-gray\tcam-2\n")
    dead, alive = counts(scraped(Telemetry(log)))
    assert 'destination_version="unknown"' in dead
    assert 'model_version="v9-gray"' in dead
    assert 'response_flags="UF"' in dead
    assert 'destination_version="v9-gray"' in alive
    assert alive.endswith(" 1")


def test_a_line_that_is_still_being_written_is_counted_once_and_whole(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    telemetry = Telemetry(log)
    assert counts(scraped(telemetry)) == []
    log.write_text("v9-gray\t200\t-\t17\tv9-")
    assert counts(scraped(telemetry)) == []
    with log.open("a") as file:
        file.write("gray\tcam-2\n")
    assert len(counts(scraped(telemetry))) == 1
    assert counts(scraped(telemetry))[0].endswith(" 1")


@given(st.text(st.characters(exclude_characters="\n"), max_size=40))
def test_whatever_a_camera_calls_itself_it_is_one_request_and_no_label(device: str) -> None:
    telemetry = Telemetry(Path("nowhere"))
    telemetry.count(f"v8-stable\t200\t-\t12\tv8-stable\t{device}")
    text = scraped(telemetry)
    assert len(counts(text)) == 1
    assert counts(text)[0].endswith("} 1")


def test_buckets_hold_the_frames_at_or_below_their_edge() -> None:
    tally = RequestTally()
    for milliseconds in (0.4, 100.0, 100.1, 20_000.0):
        tally.add(labelled(reporter="source"), code="200", flags="-", milliseconds=milliseconds)
    lines = {line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in tally.lines()}
    below = {
        edge: lines[f'istio_request_duration_milliseconds_bucket{{reporter="source",le="{edge}"}}']
        for edge in ("0.5", "50", "100", "250", "10000", "+Inf")
    }
    assert below == {"0.5": "1", "50": "1", "100": "2", "250": "3", "10000": "3", "+Inf": "4"}
