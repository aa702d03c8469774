"""images: a reference that names one version, and nothing else, gets into a manifest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.errors import SettingsError
from promoter.manifest.images import image_name, image_option

DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("yolo:9", "yolo"),
        ("yolo:9.1.0-rc_1", "yolo"),
        ("vision/yolo:v9", "vision/yolo"),
        ("registry.example.com/vision/yolo:9.1.0", "registry.example.com/vision/yolo"),
        ("localhost:5000/yolo:9", "localhost:5000/yolo"),
        (f"registry.example.com:5000/yolo@{DIGEST}", "registry.example.com:5000/yolo"),
        (f"registry.example.com/yolo:9@{DIGEST}", "registry.example.com/yolo"),
        ("a__b/c-d.e:1", "a__b/c-d.e"),
    ],
)
def test_a_tag_or_a_digest_names_one_version(image: str, name: str) -> None:
    assert image_option(image) == image
    assert image_name(image) == name


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("yolo", "names no version"),
        ("localhost:5000/yolo", "names no version"),
        ("yolo:latest", "the tag latest moves"),
        ("yolo@sha256:" + "0a" * 31, "no sha256 digest"),
        ("yolo@sha512:" + "0a" * 32, "no sha256 digest"),
        ("yolo@sha256:" + "0A" * 32, "no sha256 digest"),
        ("", "no image reference"),
        ("Yolo:9", "no image reference"),
        ("yolo: 9", "no image reference"),
        ("yolo:9\nreplicas: 99", "no image reference"),
        ("yolo:9 # x", "no image reference"),
        ("$(cat token):9", "no image reference"),
        ("{{ image }}", "no image reference"),
        ("https://registry.example.com/yolo:9", "no image reference"),
        ("--image", "no image reference"),
        ("yolo:" + "9" * 129, "no image reference"),
        ("a/" * 300 + "b:1", "no image reference"),
        ("yolo:9\x1b[31m", "no image reference"),
    ],
)
def test_what_names_no_version_is_refused_in_words(image: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        image_option(image)
    assert "\x1b" not in str(caught.value)
    assert str(caught.value).endswith(("pushed", "its digest", "hex digits", "hex digits>"))


@given(st.text(max_size=60))
def test_whatever_is_accepted_is_one_ascii_word(text: str) -> None:
    try:
        image = image_option(text)
    except SettingsError:
        return
    assert image.isascii()
    assert not any(char in image for char in " \t\r\n#'\"\\{}[],&*!|>%`$()<;=")
