"""visitors: which open pull requests are looked at, and how many are not."""

from __future__ import annotations

import pytest

from promoter.forge.github.connect import connect
from promoter.forge.github.visitors import Visitors
from tests.contracts.github_bench import GitHubBench
from tests.fakes.github.state import Pull


def opened(bench: GitHubBench, count: int) -> list[Pull]:
    """Pull requests of grace's, oldest first."""
    hub, head = bench.hub, bench.hub.head()
    hub.keep = 0  # nobody reads late here
    tree, who = hub.bare.commit(head).tree, hub.signed("grace")
    pulls = []
    for number in range(count):
        bench.at(number)
        made = hub.bare.write_commit(tree, [head], f"{number}\n", author=who, committer=who)
        hub.create_ref(f"refs/heads/b{number}", made, "grace")
        pulls.append(hub.open_pull("grace", head=f"b{number}", title="words"))
    return pulls


def visitors(bench: GitHubBench) -> Visitors:
    return Visitors(connect(bench.settings(), bench.clone(), None).desk)


@pytest.mark.parametrize(("count", "left"), [(100, 0), (101, 1)])
def test_a_hundred_are_read_and_how_many_are_left_is_known(bench: GitHubBench, count: int, left: int) -> None:
    opened(bench, count)
    found = visitors(bench)
    assert (len(found.read()), found.left) == (100, left)


def test_those_updated_last_come_first(bench: GitHubBench) -> None:
    oldest, *_ = opened(bench, 101)
    assert f"#{oldest.number}" not in {one.name for one in visitors(bench).read()}
    bench.at(200)
    bench.hub.comment(oldest, "grace", "look at this one")
    assert f"#{oldest.number}" in {one.name for one in visitors(bench).read()}
