"""The fake GitHub can fail in the ways that GitHub and the way to it fail."""

from __future__ import annotations

import pytest
import requests
from github import GithubException

from tests.fakes.github import faults
from tests.fakes.github.hub import Knobs
from tests.fakes.github.site import Site
from tests.rig.conftest import PATH, Opened, propose


def test_a_request_may_break_before_anything_is_done(site: Site, opened: Opened) -> None:
    site.github.faults.append(faults.dropped("/issues"))
    with pytest.raises(requests.ConnectionError):
        opened().create_issue("x")
    assert site.hub.state.items == {}
    opened().create_issue("x")


def test_a_reply_may_be_lost_after_all_is_done(site: Site, opened: Opened) -> None:
    site.github.faults.append(faults.lost_reply("/issues"))
    with pytest.raises(requests.ConnectionError):
        opened().create_issue("x")
    assert [item.title for item in site.hub.state.issues()] == ["x"]


def test_an_error_may_come_although_all_is_done(site: Site, opened: Opened) -> None:
    propose(site)
    site.github.faults.append(faults.late_error("/merge$", method="PUT"))
    with pytest.raises(GithubException) as caught:
        opened().get_pull(1).merge()
    assert caught.value.status == 502
    assert site.text(PATH) == "gray: 20\n"


def test_a_server_error_comes_as_often_as_said_and_where_said(site: Site, opened: Opened) -> None:
    site.github.faults.append(faults.server_error("/issues$", times=2))
    assert opened().get_git_ref("heads/main").object.sha == site.hub.head()
    for _ in range(2):
        with pytest.raises(GithubException, match="502"):
            opened().create_issue("x")
    opened().create_issue("x")


@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [
        (faults.secondary_limit(seconds=7), 403, "7"),
        (faults.secondary_limit(seconds=None), 403, None),
        (faults.too_many(seconds=3), 429, "3"),
    ],
)
def test_a_limit_says_how_long_to_wait_or_not(
    site: Site, opened: Opened, fault: faults.Fault, status: int, header: str | None
) -> None:
    site.github.faults.append(fault)
    with pytest.raises(GithubException) as caught:
        opened().create_issue("x")
    assert caught.value.status == status
    assert (caught.value.headers or {}).get("retry-after") == header
    assert site.hub.state.items == {}


def test_the_hours_requests_may_be_used_up(site: Site, opened: Opened) -> None:
    site.github.faults.append(faults.primary_limit(reset=4_102_444_800))
    with pytest.raises(GithubException) as caught:
        opened().create_issue("x")
    assert (caught.value.headers or {})["x-ratelimit-remaining"] == "0"


def test_a_list_may_be_late(site: Site, opened: Opened) -> None:
    propose(site)
    site.hub.knobs = Knobs(lag_reads=1)
    assert list(opened().get_pulls()) == []  # as it was before the last write
    assert [pull.number for pull in opened().get_pulls()] == [1]
    site.close(site.pull())
    site.hub.knobs = Knobs(lag_reads=1)
    assert opened().get_pull(1).state == "closed"  # a single object is not
    site.hub.knobs = Knobs(lag_reads=1, lag_all=True)
    assert opened().get_pull(1).state == "open"


def test_someone_may_act_between_two_requests(site: Site, opened: Opened) -> None:
    propose(site)
    fault = faults.Fault("PUT", "/merge$", before=lambda: site.close(site.pull()))
    site.github.faults.append(fault)
    with pytest.raises(GithubException, match="405"):
        opened().get_pull(1).merge()
    assert fault.hits == 1
