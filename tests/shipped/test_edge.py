"""The gateway's filters on a real Envoy: one camera, one version, and nobody chooses its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.shipped.gateway import ask, gateway, versions

CAMERAS = [f"site{number % 7:02}/line{number % 3}/cam-{number:05}" for number in range(1500)]


@pytest.mark.parametrize("directory", ["edge", "edge-older-mesh"])
def test_a_camera_keeps_its_version_and_moves_only_towards_the_one_that_grows(
    envoy: str, directory: str, tmp_path: Path
) -> None:
    seen = {}
    for gray in (5, 20):
        with gateway(envoy, directory, gray, tmp_path) as port:
            seen[gray] = versions(port, CAMERAS)
            assert versions(port, CAMERAS) == seen[gray]  # nobody changes while the weights stay
            assert set(Counter(seen[gray].values())) == {
                "v8-stable",
                "v9-gray",
            }  # one header, and not the pod's
    share = {gray: Counter(found.values())["v9-gray"] / len(CAMERAS) for gray, found in seen.items()}
    assert abs(share[5] - 0.05) < 0.03  # five standard deviations of a fair draw
    assert abs(share[20] - 0.20) < 0.055
    lost = [camera for camera in CAMERAS if seen[5][camera] == "v9-gray" and seen[20][camera] != "v9-gray"]
    assert lost == []


@pytest.mark.parametrize("directory", ["edge", "edge-older-mesh"])
def test_a_camera_cannot_choose_and_one_without_an_id_is_served_by_stable(
    envoy: str, directory: str, tmp_path: Path
) -> None:
    with gateway(envoy, directory, 50, tmp_path) as port:
        forged = [
            {"x-device-id": "cam-1", "x-model-bucket": str(n), "x-model-version": "mine"} for n in range(200)
        ]
        chosen = ask(port, forged)
        assert len({version for version, _ in chosen}) == 1
        # The pod hears which version it is, not what the camera claims.
        assert {told.split()[0] for _, told in chosen} == {version for version, _ in chosen}
        nameless = ask(port, [{} for _ in range(200)])
        assert {version for version, _ in nameless} == {"v8-stable"}
