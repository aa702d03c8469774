"""The same contract for proposals of several files: one commit changes all of them or none."""

from __future__ import annotations

import pytest

from promoter.forge.protocol import Merged, NotYet
from tests.contracts.benches import AFTER, BEFORE, OTHER, PATH, Bench
from tests.contracts.test_forge import a_merge, a_new

BOTH = {PATH: AFTER, OTHER: b"image: 2\n"}


def test_a_proposal_of_two_files_changes_all_or_none(bench: Bench) -> None:
    new = a_new(bench, files=BOTH)
    made = bench.forge().ensure_proposal(new)
    assert bench.forge().ensure_proposal(new) == made
    assert (bench.text(), bench.text(OTHER)) == (BEFORE, b"image: 1\n")
    done = bench.forge().merge(a_merge(bench, made, files=BOTH))
    assert isinstance(done, Merged)
    assert (bench.text(), bench.text(OTHER)) == (AFTER, b"image: 2\n")


def test_a_file_that_stays_as_it_is_does_no_harm(bench: Bench) -> None:
    files = {PATH: BEFORE, OTHER: b"image: 2\n"}
    made = bench.forge().ensure_proposal(a_new(bench, files=files))
    assert bench.forge().ensure_proposal(a_new(bench, files=files)) == made
    assert isinstance(bench.forge().merge(a_merge(bench, made, files=files)), Merged)
    assert (bench.text(), bench.text(OTHER)) == (BEFORE, b"image: 2\n")


@pytest.mark.parametrize("path", [PATH, OTHER])
def test_a_proposal_is_built_anew_where_any_of_its_files_changed_on_base(bench: Bench, path: str) -> None:
    first = bench.forge().ensure_proposal(a_new(bench, files=BOTH))
    bench.commit(path, b"# a note\n")
    assert isinstance(bench.forge().merge(a_merge(bench, first, files=BOTH)), NotYet)
    again = bench.forge().ensure_proposal(a_new(bench, files=BOTH))
    assert (again.made == first.made, again.base) == (False, bench.head())


@pytest.mark.parametrize("files", [{PATH: AFTER}, {OTHER: b"image: 2\n"}, {**BOTH, "README.md": b"x\n"}])
def test_a_proposal_of_other_files_is_not_merged_for_these(bench: Bench, files: dict[str, bytes]) -> None:
    proposal = bench.forge().ensure_proposal(a_new(bench, files=files))
    assert isinstance(bench.forge().merge(a_merge(bench, proposal, files=BOTH)), NotYet)
    assert (bench.text(), bench.text(OTHER)) == (BEFORE, b"image: 1\n")
