"""numbers: durations and moments as people read them; untrusted text that does nothing where it lands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.report.numbers import (
    code,
    duration,
    for_html,
    for_markdown,
    inert,
    moment,
    one_line,
    printable,
    rfc3339,
)
from tests.report.injections import INJECTIONS
from tests.report.markup import BREAK, acted_on, structure, unprintable
from tests.report.reports import HOSTILE

anything = st.text(st.characters() | st.sampled_from("\x00\x1b\u202e\u2028\u200b`|*_#@:[]<>&\\~$"))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (3569, "59 min"),
        (3570, "1 h"),
        (5400, "1 h 30 min"),
        (86369, "23 h 59 min"),
        (86370, "1 d"),
        (100_000, "1 d 4 h"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float | timedelta, told: str) -> None:
    assert duration(seconds) == told


def test_a_moment_is_told_in_utc() -> None:
    shanghai = datetime(2026, 1, 7, 16, 19, 39, tzinfo=timezone(timedelta(hours=8)))
    assert moment(shanghai) == "2026-01-07 08:19 UTC"
    assert moment(shanghai.timestamp()) == moment(shanghai)
    assert rfc3339(shanghai) == "2026-01-07T08:19:39Z"
    assert rfc3339(datetime(2026, 1, 7, 8, 19, 39, 999_999, tzinfo=UTC)) == "2026-01-07T08:19:39Z"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("a\nb\r\nc", "a b c"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u2028line\u2029", "line"),
        ("  many   blanks ", "many blanks"),
        ("\ud800half", "half"),
        ("naïve → 日本語 ✓", "naïve → 日本語 ✓"),
        ("", ""),
        ("::error::no", f":{BREAK}:error::no"),
        ("a ::b", "a ::b"),
        ("##[group]x", f"##{BREAK}[group]x"),
    ],
)
def test_untrusted_text_is_one_harmless_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_a_long_line_is_cut_at_its_limit_and_not_before() -> None:
    assert one_line("x" * 10, 10) == "x" * 10
    assert one_line("x" * 11, 10) == "x" * 9 + "…"


@given(anything)
def test_one_line_holds_nothing_a_terminal_acts_on(text: str) -> None:
    line = one_line(text)
    assert unprintable(line) == []
    assert "\n" not in line
    assert "\t" not in line
    assert not line.startswith("::")
    assert one_line(line) == line


@given(anything)
def test_a_printed_line_keeps_its_length_and_its_blanks(text: str) -> None:
    shown = printable(text.replace("\n", " "))
    assert unprintable(shown) == []
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert len(shown.replace(BREAK, "")) == len(text.removesuffix("\r"))


def test_a_line_of_a_file_stands_as_it_is_where_it_prints() -> None:
    assert printable("    weight:\t5  # ½ → ok") == "    weight:\t5  # ½ → ok"
    assert printable("weight: 5\r") == "weight: 5"
    assert printable("# \x1b[2K\u202e") == "# \ufffd[2K\ufffd"


@pytest.mark.parametrize(
    "live",
    [
        "@all",
        "fixes #1",
        "closes GH-12",
        "closes octo/repo#7",
        "resolves https://github.com/o/r/issues/1",
        "www.evil.example",
        "[skip ci]",
        "[ci skip]",
        "[no ci]",
        "[skip actions]",
        "<!here>",
        "<@U123>",
        ":tada:",
    ],
)
def test_what_others_act_on_reads_the_same_and_does_nothing(live: str) -> None:
    quiet = inert(live)
    assert quiet != live
    assert quiet.replace(BREAK, "") == live
    assert acted_on(quiet) == []


@pytest.mark.parametrize(
    "plain", ["at 08:19:39 UTC", "policies/a.yaml:7:3: unknown", "http[0]", "5 -> 20", "50%"]
)
def test_what_nobody_acts_on_is_not_changed(plain: str) -> None:
    assert inert(plain) == plain


@given(anything)
def test_inert_text_is_inert(text: str) -> None:
    assert acted_on(inert(text)) == []


FRAMES = ["It is {} so.", "{}", "- {}", "> {}", "**x{}**", "| {} | b |\n|---|---|\n| x{} | {} |", "### {}"]


@pytest.mark.parametrize("frame", FRAMES)
@given(anything.map(for_markdown).filter(bool))
def test_markdown_shows_untrusted_text_as_text_and_nothing_else(frame: str, text: str) -> None:
    assert structure(frame.format(text, text, text)) == structure(frame.format("x", "x", "x"))


@pytest.mark.parametrize(
    "text", ["- a", "+ a", "1. a", "12) a", "---", "===", "# a", "> a", "***", "~~~", "```"]
)
def test_text_at_the_start_of_a_block_begins_nothing(text: str) -> None:
    assert structure(for_markdown(text)) == structure("x")
    assert for_markdown("0.02% of 3") == "0.02% of 3"


@given(anything)
def test_a_code_span_is_one_code_span(text: str) -> None:
    assert structure(f"a {code(text)} b") == structure("a `x` b")
    table = "| a | b |\n|---|---|\n| {} | y |"
    assert structure(table.format(code(text))) == structure(table.format("`x`"))


def test_hostile_text_keeps_its_words_in_markdown() -> None:
    shown = for_markdown(HOSTILE, 400)
    assert structure(shown) == structure("x")
    assert acted_on(shown) == []
    for word in ("evil.example", "img src=x", "Rollout-Weight: 0 -&gt; 100"):
        assert word in shown


@pytest.mark.parametrize("text", INJECTIONS)
def test_an_injection_is_text_in_markdown_in_code_and_in_html(text: str) -> None:
    fold = "<details><summary>{}</summary>\n\nx\n\n</details>"
    assert structure(fold.format(for_html(text))) == structure(fold.format("x"))
    assert set(re.findall(r"<[^>]*>", fold.format(for_html(text)))) == set(re.findall(r"<[^>]*>", fold))
    assert structure(f"- {for_markdown(text)}") == structure("- x")
    assert structure(f"a {code(text)} b") == structure("a `x` b")
    for shown in (for_html(text), for_markdown(text), code(text), inert(text)):
        assert acted_on(shown) == []
        assert unprintable(shown) == []
        assert "payload" in shown.replace(BREAK, "") or "payload" not in text


def test_a_secret_is_hidden_before_a_line_is_cut_or_a_hidden_character_splits_it() -> None:
    token = "ghp_" + "a1B2" * 9
    assert one_line(f"{token[:10]}\u200b{token[10:]}") == "[redacted]"
    assert one_line(f"{'x' * 30} {token}", 45) == f"{'x' * 30} [redacted]"
    assert printable(f"  key: {token}") == "  key: [redacted]"
