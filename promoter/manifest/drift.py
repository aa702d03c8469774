"""What must stay the same from commit to commit while a split is sticky: its total, its order, its key."""

from __future__ import annotations

from collections.abc import Iterator

from promoter.errors import Problem
from promoter.manifest.sticky import moved_key
from promoter.manifest.surroundings import Surroundings, finding


def drift_problems(before: Surroundings, now: Surroundings) -> Iterator[Problem]:
    """Changes since `before` that move devices between versions although no weight asks for it."""
    if not (before.sticky and now.sticky):
        return
    gray = [dest for dest, weight in before.located.split.weights if weight and dest != before.stable]
    if not gray:
        return  # nobody is on a candidate: the key and the order may change now
    was, total = before.located.split.total, now.located.split.total
    if was != total:
        yield now.error(
            f"the weights summed to {was} and now to {total}: devices change their version at unchanged shares",
            now.entry.node, f"keep {was} until the gray weight is 0",
        )  # fmt: skip
    old = [target.dest for target in before.entry.targets]
    new = [target.dest for target in now.entry.targets]
    if [dest for dest in old if dest in new] != [dest for dest in new if dest in old]:
        yield now.error(
            f"the destinations changed their order: it was {', '.join(old)}", now.entry.node,
            "every device's place follows the order; keep it until the gray weight is 0",
        )  # fmt: skip
    moved = moved_key(before.filters, now.filters)
    if moved is not None:
        yield finding(
            f"the key of the split changed while {', '.join(gray)} carries traffic: other devices become gray",
            moved.where, "change the salt, the header or the method only while the gray weight is 0",
        )  # fmt: skip
