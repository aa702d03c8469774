"""Texts are composed only where something is written, on every forge."""

from __future__ import annotations

from promoter.forge.protocol import Words
from tests.contracts.benches import Bench
from tests.contracts.test_forge import a_new


def test_nothing_is_worded_where_nothing_is_written(bench: Bench) -> None:
    def unasked() -> Words:
        raise AssertionError("composing it takes longer than looking")

    first = bench.forge().ensure_proposal(a_new(bench))
    for forge in (bench.forge(), bench.forge()):
        forge.read(["yolo"])
        assert forge.ensure_proposal(a_new(bench, words=unasked)) == first
        assert forge.ensure_proposal(a_new(bench, words=unasked)) == first
    assert (
        bench.forge().ensure_proposal(a_new(bench, words=unasked)) == first
    )  # nor where nothing was read yet
