"""Words of others in what the bot writes on GitHub itself: titles, comments and notes, where nothing acts on them."""

from __future__ import annotations

from collections.abc import Iterator

from promoter.core.holds import Hold, HoldKind
from tests.contracts.github_bench import GitHubBench
from tests.contracts.test_forge import BRANCH, a_hold, a_new
from tests.fakes.github.state import Item
from tests.forge.github.test_holds import BODY
from tests.git_repository import minute
from tests.report.injections import INJECTIONS
from tests.report.markup import BREAK, acted_on, structure, unprintable


def hostile(bench: GitHubBench) -> Iterator[tuple[str, Hold]]:
    """Each injection as the reason of a hold, and as who lifted it and why."""
    bench.hub.keep = 0  # nothing reads late here
    for number, text in enumerate(INJECTIONS):
        hold = a_hold(HoldKind.ROLLBACK, commit=f"{number:040x}", reason=text)
        yield text, hold


def problems(markdown: str, like: str) -> list[str]:
    """What a text does that the same one with plain words would not."""
    same = [] if structure(markdown) == structure(like) else [f"{structure(markdown)}"]
    return same + acted_on(markdown) + unprintable(markdown)


def shown(issue: Item) -> str:
    """The text below its body's own words, without the record."""
    return issue.body.removeprefix(BODY).partition("<!--")[0]


def test_a_hostile_reason_does_nothing_in_the_title_of_its_issue(bench: GitHubBench) -> None:
    forge = bench.forge()
    for text, hold in hostile(bench):
        forge.ensure_hold(hold, evidence="", body=BODY)
        title = bench.issues()[-1].title
        assert acted_on(title) + unprintable(title) == [], text
        assert "payload" in title.replace(BREAK, "") or "payload" not in text


def test_a_hostile_word_of_resume_is_text_in_the_note_and_the_comment(bench: GitHubBench) -> None:
    forge = bench.forge()
    for text, hold in hostile(bench):
        forge.ensure_hold(hold, evidence="", body=BODY)
        issue = bench.issues()[-1]
        forge.lift_hold(hold.lift(when=minute(20), by=text, reason=text))
        for place in (issue.comments[-1].body, shown(issue)):
            assert problems(place, "**Resumed** by x: x") == [], text


def test_a_hold_that_is_recorded_as_lifted_shows_its_reason_as_text(bench: GitHubBench) -> None:
    forge = bench.forge()
    for text, hold in hostile(bench):
        forge.lift_hold(hold.lift(when=minute(20), by="ada", reason="ok"))
        assert problems(shown(bench.issues("closed")[-1]), "rollback: x") == [], text


def test_a_hostile_reason_to_withdraw_is_text_in_its_proposal(bench: GitHubBench) -> None:
    bench.hub.keep = 0
    for text in INJECTIONS:
        proposal = bench.forge().ensure_proposal(a_new(bench, body="words\n"))
        pull = bench.pull(BRANCH)
        bench.forge().ensure_closed(proposal, why=text, at=minute(12))
        note = pull.body.partition("\n")[0]
        assert problems(note, "**Withdrawn by promoter** (now): x.") == [], text
