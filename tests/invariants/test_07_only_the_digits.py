"""7. An edit changes the weight scalars and nothing else: every other byte of the file is the same.

8. Weights of a route sum to what they summed to before; no weight is negative; no other route, document or
file is touched.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.invariants.rig import MANIFEST, Rig

STYLES = {
    "plain": MANIFEST,
    "windows line ends": MANIFEST.replace("\n", "\r\n"),
    "byte order mark and emoji": "\ufeff# 😀 weight: 7\n" + MANIFEST,
    "no final newline": MANIFEST.rstrip("\n"),
    "another document": MANIFEST
    + "---\n"
    + MANIFEST.replace("name: yolo", "name: other").replace("STABLE", "60"),
    "another route": MANIFEST
    + "    - name: other\n      route:\n        - destination: {host: x}\n          weight: 100\n",
    "a third destination": MANIFEST.replace(
        "    - route:\n", "    - route:\n        - {destination: {host: old}, weight: 0}\n"
    ),
}


@pytest.mark.parametrize("style", STYLES)
def test_after_a_promotion_base_differs_only_in_the_weights_digits(tmp_path: Path, style: str) -> None:
    text = STYLES[style].replace("GRAY\n---\n", "GRAY\n---\n")
    policy_route = "route: {file: manifests/vs.yaml, kind: VirtualService, name: yolo, http: 'http[0]'}"
    rig = Rig(tmp_path, manifest=text)
    policy = (
        (rig.path / "policies/yolo.yaml")
        .read_text()
        .replace("route: {file: manifests/vs.yaml, kind: VirtualService, name: yolo}", policy_route)
    )
    rig.write("policies/yolo.yaml", policy)
    (rig.path / "manifests/vs.yaml").chmod(0o755)
    rig.write("other/file.txt", "untouched")
    rig.commit("beside it", rig.at.replace(hour=8))
    before = (rig.path / "manifests/vs.yaml").read_bytes()
    head = rig.git("rev-parse", "HEAD")
    rig.tick()
    after = (rig.path / "manifests/vs.yaml").read_bytes()
    assert after != before
    assert re.split(rb"\d+", after) == re.split(rb"\d+", before)
    numbers = [
        (old, new)
        for old, new in zip(re.findall(rb"\d+", before), re.findall(rb"\d+", after), strict=True)
        if old != new
    ]
    assert numbers == [(b"95", b"80"), (b"5", b"20")]
    assert rig.git("diff", "--name-only", head, "main") == "manifests/vs.yaml"
    assert rig.git("diff", "--summary", head, "main") == ""  # the mode is kept
    assert rig.git("status", "--porcelain") == ""
