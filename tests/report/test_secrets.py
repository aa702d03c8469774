"""secrets: what has a secret's shape is hidden, and ordinary text is left alone."""

from __future__ import annotations

import base64
import re
from hashlib import sha1, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.report.secrets import HIDDEN, redact
from tests.report.sentinels import KEY, TOKENS, encodings

FRAMES = [
    "{}",
    "failed with {} at once",
    "https://evil.example/?t={}&x",
    '{{"token": "{}"}}',
    "token={}, next",
    "({})",
]
CASES = [(kind, form) for kind, token in TOKENS.items() for form in encodings(token)]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(("kind", "form"), CASES)
def test_no_token_is_left_in_any_encoding_or_sentence(kind: str, form: str, frame: str) -> None:
    secret = encodings(TOKENS[kind])[form]
    shown = redact(frame.format(secret))
    assert HIDDEN in shown
    pieces = {secret[at : at + 12] for at in range(0, max(1, len(secret) - 12), 4)}
    assert not [piece for piece in pieces if piece in shown]


@pytest.mark.parametrize("length", [36, 40, 251, 520, 4000])
def test_a_token_may_have_any_length_and_dots_and_dashes(length: int) -> None:
    token = "ghs_" + ("a1.B2-c3_" * 500)[:length]
    assert redact(f"x {token} y") == f"x {HIDDEN} y"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        KEY.replace("\n", " "),
        KEY.replace("\n", "\\n"),
        KEY[:200] + "…",
        KEY.replace("RSA ", ""),
        KEY.replace("RSA", "OPENSSH"),
        base64.b64encode(KEY.encode()).decode(),
        KEY.replace("\n", "%0A").replace(" ", "%20"),
    ],
)
def test_no_line_of_a_private_key_is_left(text: str) -> None:
    shown = redact(f"before: {text}\nafter.")
    assert shown.startswith("before: ")
    assert not [line for line in KEY.split("\n")[1:-1] if line[:20] in shown]
    assert "after." in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer s3cret", f"Authorization: Bearer {HIDDEN}"),
        ("authorization: Basic dXNlcjpwYXNz", f"authorization: Basic {HIDDEN}"),
        ("{'Authorization': 'token abc'}", f"{{'Authorization': 'token {HIDDEN}'}}"),
        ("Proxy-Authorization: abc.def", f"Proxy-Authorization: {HIDDEN}"),
        ("-H 'Authorization:abc' https://x", f"-H 'Authorization:{HIDDEN}' https://x"),
        ("Bearer abcdefgh12345678 refused", f"Bearer {HIDDEN} refused"),
        ("https://user:pa55@host/path", f"https://{HIDDEN}@host/path"),
        ("https://x-access-token:abc@github.com/o/r.git", f"https://{HIDDEN}@github.com/o/r.git"),
        ("https://abcdef@host", f"https://{HIDDEN}@host"),
        ("postgres://u:p%40ss@db:5432/x?y=1", f"postgres://{HIDDEN}@db:5432/x?y=1"),
    ],
)
def test_logins_in_headers_and_urls_are_hidden_and_the_rest_is_told(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "error rate 0.021 % of 48,210 requests; at most 0.04 % (95 %, any look), bar 0.05 %: proven",
        'sum(rate(istio_requests_total{reporter="destination", code=~"5.."}[5m])) / 100 > 0.05',
        sha1(b"x", usedforsecurity=False).hexdigest(),
        f"Rollout-Evidence: {sha256(b'x').hexdigest()}",
        "promoter/yolo/v9-gray-5-to-20-000000003",
        "git@github.com:octo/repo.git and ssh://git@github.com/octo/repo.git",
        "https://github.com/o/r/blob/main/a.yaml#L10 by ada@example.com",
        "https://prometheus.example.com:9090/api/v1/query?query=up%7Bjob%3D%22x%22%7D",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----",
        "the bearer of this letter; bearer authentication is required",
        "authorization is required",
        "ghp_short and github_pat_x are no tokens",
        "eyJ is how JSON begins in base64",
        "image: registry.example/yolo@sha256:" + "ab" * 32,
        "sha512-" + base64.b64encode(sha256(b"y").digest() * 2).decode(),
        "/opt/app/manifests/production/yolo-detection/virtual-service-of-line-a.yaml",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "100%25 of %20 and 5%",
    ],
)
def test_ordinary_text_is_not_touched(text: str) -> None:
    assert redact(text) == text


words = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:%/_-+=()[]{}<>\"'|\n", max_size=300
)


@given(words)
def test_text_without_the_marks_of_a_secret_is_not_touched(text: str) -> None:
    lower = text.lower()
    marks = ("gh", "eyj", "authorization", "bearer", "private key", "://")
    if not any(mark in lower for mark in marks) and "%" not in text and not re.search(r"\S{32}", text):
        assert redact(text) == text


@given(st.binary(min_size=24, max_size=200))
def test_base64_of_anything_else_is_not_touched(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert redact(text) == text or any(mark in data for mark in (b"gh", b"eyJ", b"://", b"uthorization"))


pieces = st.sampled_from(
    [*TOKENS.values(), KEY, "://a:b@c", "Authorization: x", "%67hp_", "eyJ", " ", "\n", '"', "%", "x"]
)


@given(st.lists(pieces, max_size=8).map("".join))
def test_what_was_redacted_stays_as_it_is(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text", ["eyJ" * 20_000, "://" * 30_000, "a" * 200_000, "%41" * 50_000, "-----BEGIN " * 9_000]
)
def test_long_text_made_to_be_slow_is_read_in_time(text: str) -> None:
    assert len(redact(text)) <= len(text) + len(HIDDEN)
