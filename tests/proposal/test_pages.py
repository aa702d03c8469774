"""pages: an address by what is known, and nothing but an address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from promoter.proposal.pages import Pages
from promoter.report.numbers import linked
from tests.report.reports import HOSTILE

PAGES = Pages(site="https://github.example/factory/yolo", label="rollout:hold")


def asked(url: str) -> str:
    (words,) = parse_qs(urlsplit(url).query)["q"]
    return words


def test_a_proposal_is_found_by_its_branch() -> None:
    url = PAGES.proposal("promoter/yolo/rollback-000000004")
    assert url.startswith("https://github.example/factory/yolo/pulls?q=")
    assert asked(url) == "is:pr head:promoter/yolo/rollback-000000004"


def test_a_rollouts_holds_are_found_by_label_and_name() -> None:
    url = PAGES.holds("yolo")
    assert url.startswith("https://github.example/factory/yolo/issues?q=")
    assert asked(url) == 'is:issue is:open label:"rollout:hold" in:title yolo'


def test_a_hostile_name_stays_in_its_address() -> None:
    for url in (PAGES.proposal(HOSTILE), PAGES.holds(HOSTILE + "\ud800")):
        assert urlsplit(url).netloc == "github.example"
        assert linked("here", url) == f"[here]({url})"
