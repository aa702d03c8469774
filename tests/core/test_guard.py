"""guard: a raise is allowed only where the tick would make exactly it; everything else is told."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from promoter.core.decide import decide
from promoter.core.decision import Decision, Kind, Reason, Why
from promoter.core.guard import Change, Finding, Ruling, called_as_before, rule, share
from promoter.core.judge.verdict import Cause, Outcome
from promoter.core.weights import Split
from tests.build import a_health, a_situation, a_split, a_verdict

STABLE, GRAY, OTHER = "yolo/v8", "yolo/v9", "yolo/v7"
DUE = decide(a_situation(), a_health())  # 5 % → 20 %
DUE_HERE = Decision(
    kind=Kind.PROMOTE, reasons=DUE.reasons, to=Split(((STABLE, 80), (GRAY, 20))), step=DUE.step
)
UNREACHABLE = a_verdict(Outcome.INCONCLUSIVE, cause=Cause.UNREACHABLE, reason="refused")
UNKNOWN = decide(a_situation(), a_health(UNREACHABLE))


def split(**weights: int) -> Split:
    names = {"stable": STABLE, "gray": GRAY, "other": OTHER}
    return Split(tuple((names[name], weight) for name, weight in weights.items()))


def a_change(after: Split, before: Split | None = None, **candidates: str) -> Change:
    return Change(
        rollout="yolo",
        stable=STABLE,
        candidates={"v9": GRAY, **candidates},
        before=before or split(stable=95, gray=5),
        after=after,
    )


def rulings(found: tuple[Finding, ...]) -> list[Ruling]:
    return [finding.ruling for finding in found]


def test_the_step_that_is_due_may_be_made_by_hand() -> None:
    (finding,) = rule(a_change(split(stable=80, gray=20)), {"v9": DUE_HERE})
    assert (finding.ruling, finding.refused) == (Ruling.DUE, False)
    assert (finding.before, finding.after) == (Fraction(5), Fraction(20))


def test_any_other_raise_is_refused_while_one_is_due() -> None:
    for gray in (6, 19, 21, 50, 100):
        (finding,) = rule(a_change(split(stable=100 - gray, gray=gray)), {"v9": DUE_HERE})
        assert (finding.ruling, finding.refused) == (Ruling.OTHER_STEP, True)


def test_no_raise_while_the_tick_would_not_make_it() -> None:
    (finding,) = rule(a_change(split(stable=80, gray=20)), {"v9": UNKNOWN})
    assert (UNKNOWN.kind, finding.ruling, finding.refused) == (Kind.WAIT, Ruling.NOT_DUE, True)


def test_a_raise_that_nobody_decided_about_is_refused_and_says_why() -> None:
    (finding,) = rule(a_change(split(stable=80, gray=20)), {}, why="no Prometheus is named")
    assert (finding.ruling, finding.refused, finding.why) == (Ruling.UNKNOWN, True, "no Prometheus is named")


def test_lowering_needs_no_decision() -> None:
    (finding,) = rule(a_change(split(stable=100, gray=0)), {})
    assert (finding.ruling, finding.refused) == (Ruling.LOWERED, False)


def test_a_destination_taken_out_of_the_route_is_lowered() -> None:
    assert Ruling.LOWERED in rulings(rule(a_change(split(stable=95)), {}))


def test_a_raise_by_a_smaller_total_is_a_raise() -> None:
    found = rule(a_change(split(stable=5, gray=5)), {"v9": UNKNOWN})
    assert rulings(found) == [Ruling.NOT_DUE, Ruling.TOTAL]
    assert (found[1].before, found[1].after) == (Fraction(100), Fraction(10))


def test_a_new_total_with_the_same_shares_is_only_told() -> None:
    found = rule(a_change(split(stable=950, gray=50)), {})
    assert [(finding.ruling, finding.refused) for finding in found] == [(Ruling.TOTAL, False)]


def test_other_destinations_are_told() -> None:
    found = rule(a_change(split(stable=90, gray=5, other=5)), {})
    assert [(f.ruling, f.subject, f.before, f.after) for f in found] == [
        (Ruling.OTHERS, OTHER, Fraction(0), Fraction(5))
    ]


def test_two_candidates_at_once_are_refused_even_where_each_is_due() -> None:
    before, after = split(stable=90, gray=5, other=5), split(stable=60, gray=20, other=20)
    decisions = {
        "v9": Decision(kind=Kind.PROMOTE, reasons=(), to=split(stable=75, gray=20, other=5)),
        "v10": Decision(kind=Kind.PROMOTE, reasons=(), to=split(stable=75, gray=5, other=20)),
    }
    found = rule(a_change(after, before, v10=OTHER), decisions)
    assert rulings(found) == [Ruling.OTHER_STEP, Ruling.OTHER_STEP]


def an_introduction(gray: int = 1, before: int = 0, newcomers: frozenset[str] = frozenset({"v9"})) -> Change:
    change = a_change(split(stable=100 - gray, gray=gray), split(stable=100 - before, gray=before))
    return replace(change, first=Fraction(1), newcomers=newcomers)


def held_by(kind: str) -> Decision:
    facts: dict[str, str | float | int] = {
        "kind": kind,
        "by": "Ada",
        "since": 0.0,
        "reason": "r",
        "commit": "c",
    }
    return Decision(kind=Kind.HOLD, reasons=(Reason(why=Why.HELD, facts=facts),))


def test_another_image_may_begin_at_the_first_step_whatever_became_of_the_one_before() -> None:
    for decision in (UNKNOWN, held_by("freeze"), held_by("rollback"), held_by("veto")):
        assert rulings(rule(an_introduction(), {"v9": decision})) == [Ruling.INTRODUCED]


def test_an_introduction_is_the_first_step_from_nothing_with_another_image_and_no_pause() -> None:
    assert rulings(rule(an_introduction(), {"v9": held_by("pause")})) == [Ruling.NOT_DUE]
    assert rulings(rule(an_introduction(gray=5), {"v9": UNKNOWN})) == [Ruling.NOT_DUE]
    assert rulings(rule(an_introduction(gray=2, before=1), {"v9": UNKNOWN})) == [Ruling.NOT_DUE]
    assert rulings(rule(an_introduction(newcomers=frozenset()), {"v9": UNKNOWN})) == [Ruling.NOT_DUE]
    assert rulings(rule(an_introduction(), {})) == [Ruling.UNKNOWN]


def test_a_raise_does_not_hide_behind_another_spelling() -> None:
    spelled = Split((("yolo.prod/v8", 50), ("yolo.prod/v9", 50)))
    after = called_as_before(spelled, {"yolo.prod/v8": STABLE, "yolo.prod/v9": GRAY})
    assert after == split(stable=50, gray=50)
    twice = called_as_before(Split(((GRAY, 5), ("yolo.prod/v9", 40))), {"yolo.prod/v9": GRAY})
    assert twice == split(gray=45)


@given(before=st.integers(0, 100), after=st.integers(0, 100), due=st.integers(0, 100), known=st.booleans())
def test_nothing_passes_but_lowering_and_the_due_step(
    before: int, after: int, due: int, *, known: bool
) -> None:
    decision = Decision(kind=Kind.PROMOTE, reasons=(), to=split(stable=100 - due, gray=due))
    change = a_change(split(stable=100 - after, gray=after), split(stable=100 - before, gray=before))
    found = rule(change, {"v9": decision} if known else {})
    allowed = after <= before or (known and after == due)
    assert any(finding.refused for finding in found) is not allowed
    assert share(change.after, GRAY) == Fraction(after)


def test_the_builders_share_the_destinations() -> None:
    assert DUE.to == a_split(20)
