"""Container image references: what may be written into a manifest, and the name without its version."""

from __future__ import annotations

import re

from promoter.errors import SettingsError
from promoter.report.numbers import one_line

LONGEST = 512
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::[0-9]{1,5})?"
# https://github.com/distribution/reference: [host[:port]/]path[:tag][@digest]
_REFERENCE = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?"
)
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def image_option(text: str) -> str:
    """`--image`: a reference that names one version. Raises SettingsError, saying how to write it."""
    found = _REFERENCE.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise SettingsError(
            f"{one_line(text, 80)!r} is no image reference",
            hint="write it like registry.example.com/vision/yolo:9.1.0 or …/yolo@sha256:<64 hex digits>",
        )
    tag, digest = found["tag"], found["digest"]
    if digest is not None:
        if not _SHA256.fullmatch(digest):
            raise SettingsError(f"{one_line(digest, 90)} is no sha256 digest", hint="it has 64 hex digits")
        return text
    if tag is None:
        raise SettingsError(
            f"{one_line(text, 80)} names no version, so another model behind it would not be seen",
            hint="add the tag or the digest that was pushed",
        )
    if tag == "latest":
        raise SettingsError(
            f"{one_line(text, 80)}: the tag latest moves, so another model behind it would not be seen",
            hint="name the version's own tag or its digest",
        )
    return text


def image_name(image: str) -> str:
    """The reference without its tag and digest: what Kustomize's `images:` match by."""
    name = image.partition("@")[0]
    path, colon, tag = name.rpartition(":")
    return path if colon and "/" not in tag else name
