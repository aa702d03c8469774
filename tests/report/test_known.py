"""known: the secrets of this run, in whatever form they got into a text."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.report.known import hide, known_secrets
from promoter.report.numbers import code, for_markdown, inert
from promoter.report.secrets import HIDDEN
from tests.report.sentinels import encodings

SECRET = "pa55 word&<x>*_#1"


def test_secrets_are_found_by_the_names_of_their_variables() -> None:
    environ = {
        "GITHUB_TOKEN": "t0ken-of-github",
        "PROMETHEUS_PASSWORD": " pa55word ",
        "APP_PRIVATE_KEY": "k3y-k3y-k3y",
        "CHAT_URL": "https://chat.example/s3cret",
        "PROMETHEUS_URL": "https://prometheus.example",
        "PROMETHEUS_CLIENT_KEY": "/etc/tls/key.pem",
        "PROMETHEUS_BEARER_TOKEN_FILE": "/var/run/token",
        "HOME": "/home/ada",
    }
    assert known_secrets(environ) == ("t0ken-of-github", "k3y-k3y-k3y", "pa55word")
    assert "https://chat.example/s3cret" in known_secrets(environ, ["CHAT_URL"])


@pytest.mark.parametrize("value", ["", "short1", "password", "unreadable"])
def test_what_ordinary_text_may_hold_is_not_hidden(value: str) -> None:
    assert known_secrets({"X_TOKEN": value}) == ()


@pytest.mark.parametrize("form", encodings("x"))
def test_no_encoding_shows_it(form: str) -> None:
    shown = hide(f"it was {encodings(SECRET)[form]}, so", [SECRET])
    assert HIDDEN in shown or form == "url-all"
    assert SECRET not in shown


@pytest.mark.parametrize("write", [str, json.dumps, for_markdown, inert, code, quote])
def test_no_form_that_a_text_of_ours_gives_it_shows_it(write: object) -> None:
    text = f"before {write(f'a {SECRET} b')} after"  # type: ignore[operator]
    shown = hide(text, [SECRET])
    assert HIDDEN in shown
    assert "pa55" not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@given(st.text(max_size=100))
def test_text_without_it_is_not_touched(text: str) -> None:
    assert hide(text, [SECRET]) == text


def test_nothing_known_hides_nothing() -> None:
    assert hide("a text", []) == "a text"
