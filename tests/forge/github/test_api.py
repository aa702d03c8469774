from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from github import GithubException

from promoter.errors import ForgeError
from promoter.forge.github.api import Api, answer_of, waiting
from promoter.forge.github.connect import connect
from promoter.forge.github.documents import START
from promoter.forge.github.login import log_in
from promoter.forge.github.refusals import Answer, RefusedError, UnclearError
from tests.contracts.github_bench import GitHubBench
from tests.fakes.github import faults
from tests.git_repository import minute

START_VALUES = {"ref": "", "named": False}
STATUS = {"state": "success", "context": "rollout/health", "description": "x"}


class Clock:
    """Time that only passes where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def an_api(bench: GitHubBench, clock: Clock, **changes: Any) -> Api:
    api, _ = log_in(bench.settings(**changes))
    api.sleep, api.clock = clock.sleep, lambda: clock.now
    api.until = clock.now + api.seconds
    return api


def start(api: Api) -> Any:
    return api.query(START, {**api.place, **START_VALUES}, "look")


def status(api: Api, bench: GitHubBench) -> Any:
    return api.write("POST", f"/statuses/{bench.head()}", STATUS, "set a status")


def test_a_read_that_was_lost_is_asked_again(bench: GitHubBench) -> None:
    clock = Clock()
    api = an_api(bench, clock)
    for fault in (faults.server_error, faults.dropped, faults.lost_reply):
        bench.github.faults.append(fault("/graphql", times=2))
        assert start(api)["viewer"]["login"] == "promoter-bot[bot]"
        bench.github.faults.append(fault("/git/ref/", times=2))
        assert api.get("/git/ref/heads/main", "look")["object"]["sha"] == bench.head()
    assert set(clock.slept) == {0.5, 2.0}


def test_a_read_that_is_lost_again_and_again_is_given_up(bench: GitHubBench) -> None:
    bench.github.faults.append(faults.server_error("/graphql", times=9))
    with pytest.raises(ForgeError, match=r"cannot look: GitHub answered 502; the next tick tries again"):
        start(an_api(bench, Clock()))
    assert bench.github.faults[0].hits == 3


def test_a_read_that_is_not_to_be_repeated_is_sent_once(bench: GitHubBench) -> None:
    bench.github.faults.append(faults.server_error("/graphql", times=9))
    api = an_api(bench, Clock())
    with pytest.raises(UnclearError, match="GitHub answered 502"):
        api.query(START, {**api.place, **START_VALUES}, "look", again=False)
    assert bench.github.faults[0].hits == 1


@pytest.mark.parametrize(
    "fault",
    [faults.server_error, faults.dropped, faults.lost_reply, faults.late_error],
    ids=lambda fault: str(getattr(fault, "__name__", "")),
)
def test_a_write_is_sent_once(bench: GitHubBench, fault: Callable[[str], faults.Fault]) -> None:
    bench.github.faults.append(fault("/statuses/"))
    with pytest.raises(UnclearError):
        status(an_api(bench, Clock()), bench)
    assert bench.github.faults[0].hits == 1
    assert len([request for request in bench.github.log if "/statuses/" in request.path]) <= 1


@pytest.mark.parametrize("limit", [faults.secondary_limit, faults.too_many])
def test_a_refusal_for_the_rate_is_waited_for_as_github_asks(
    bench: GitHubBench, limit: Callable[..., faults.Fault]
) -> None:
    clock = Clock()
    api = an_api(bench, clock)
    bench.github.faults.append(limit("/statuses/", seconds=7))
    status(api, bench)  # it was not carried out, so it may be sent again
    bench.github.faults.append(limit("/graphql", seconds=None))
    start(api)
    assert clock.slept == [7.0, 60.0]


def test_nobody_waits_past_the_deadline(bench: GitHubBench) -> None:
    clock = Clock()
    api = an_api(bench, clock, seconds=50.0)
    bench.github.faults.append(faults.secondary_limit("/graphql", seconds=51))
    with pytest.raises(RefusedError, match="rate limit"):
        start(api)
    reset = int(minute(90).timestamp())
    bench.github.faults.append(faults.primary_limit("/statuses/", reset=reset))
    with pytest.raises(RefusedError, match="rate limit"):
        status(api, bench)
    assert clock.slept == []


def test_after_the_deadline_nothing_is_begun(bench: GitHubBench) -> None:
    clock = Clock()
    api = an_api(bench, clock, seconds=50.0)
    clock.now = 51.0
    with pytest.raises(ForgeError, match="no time is left to look"):
        start(api)


def test_writes_keep_a_pace(bench: GitHubBench) -> None:
    clock = Clock()
    api = an_api(bench, clock)
    api.pace = 1.0
    status(api, bench)
    status(api, bench)
    start(api)
    assert clock.slept == [1.0]


def test_the_reset_is_counted_from_githubs_clock() -> None:
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(minute(2).timestamp())),
        "date": minute(0).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    answer = Answer(status=403, message="API rate limit exceeded", headers=headers)
    assert waiting(answer) == 121.0
    assert waiting(Answer(status=403, message="no")) is None


def test_a_redirect_elsewhere_takes_no_credentials_along(bench: GitHubBench) -> None:
    api = an_api(bench, Clock())
    elsewhere = {"Location": "http://other.invalid/graphql"}
    for code in (301, 302, 307, 308):
        bench.github.faults.append(
            faults.Fault(path="/graphql", status=code, headers=elsewhere, message="Moved", times=3)
        )
        with pytest.raises(ForgeError):
            start(api)
        bench.github.faults.clear()


def test_an_answer_that_is_not_githubs_is_told(bench: GitHubBench) -> None:
    api = an_api(bench, Clock())
    bench.github.faults.append(faults.Fault(path="/graphql", status=200, message="<html>", times=3))
    with pytest.raises(ForgeError, match="GITHUB_API_URL does not answer like GitHub"):
        start(api)


def test_nobody_at_the_address_is_told(bench: GitHubBench) -> None:
    api = an_api(bench, Clock(), api_url="http://127.0.0.1:1")
    with pytest.raises(ForgeError, match="cannot be reached"):
        start(api)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("NOT_FOUND", 404),
        ("FORBIDDEN", 403),
        ("STALE_DATA", 422),
        ("SOMETHING_NEW", 422),
        ("RESOURCE_LIMITS_EXCEEDED", 0),
        (None, 0),
    ],
)
def test_a_refusal_of_graphql_has_the_status_of_its_type(kind: str | None, code: int) -> None:
    data = {"data": None, "errors": [{"message": "no", **({"type": kind} if kind else {})}]}
    answer = answer_of(GithubException(400, data, {}))
    assert (answer.status, answer.message) == (code, "no")


def test_a_proxy_for_plain_http_is_not_asked(bench: GitHubBench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert connect(bench.settings(), bench.clone(), None).base.commit == bench.head()


def test_a_netrc_does_not_take_the_tokens_place(
    bench: GitHubBench, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login mallory password x\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    start(an_api(bench, Clock()))
    assert bench.github.log[-1].login == "promoter-bot[bot]"


def test_a_header_with_odd_digits_is_no_number_of_seconds() -> None:
    for headers in ({"retry-after": "²"}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "²"}):
        assert waiting(Answer(status=429, message="no", headers=headers)) == 60.0
