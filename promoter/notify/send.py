"""Tell people and services, through apprise, at the URLs that the named environment variables hold."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from promoter.core.outcome import Did, Outcome
from promoter.report.numbers import inert

SECONDS = 20.0  # for all of them together; apprise itself gives a connection 4 s and an answer 4 s
_TITLE, _LINE, _LINES = 120, 400, 40


def send(
    names: Sequence[str], environ: Mapping[str, str], *, title: str, body: str, seconds: float = SECONDS
) -> tuple[Outcome, ...]:
    """Send one plain message to each name's URLs, all at once; one outcome for each name.

    A failure stops nothing and raises nothing. No outcome shows a URL or what a service answered: the URL
    is a secret, and an answer may repeat it.
    """
    logging.getLogger("apprise").disabled = True  # its warnings would repeat hosts and paths on stderr
    calls = [_Call(name, environ.get(name, "").strip()) for name in dict.fromkeys(names)]
    text = "\n".join(inert(line, _LINE) for line in body.splitlines()[:_LINES])
    threads = [
        # A daemon: one that hangs beyond the deadline must not keep the tick from ending.
        threading.Thread(target=call.make, args=(inert(title, _TITLE), text), daemon=True)
        for call in calls
        if call.urls
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return tuple(call.outcome(seconds) for call in calls)


@dataclass(slots=True)
class _Call:
    """One variable's message under way. `problem` is None once it was delivered."""

    name: str
    urls: str = field(repr=False)
    done: bool = False
    problem: str | None = None

    def make(self, title: str, body: str) -> None:
        """Deliver the message, and remember what became of it."""
        try:
            self.problem = _deliver(self.urls, title, body)
        except Exception:  # noqa: BLE001 - whatever a service's plugin does, its text may hold the URL
            self.problem = "the message could not be delivered"
        self.done = True

    def outcome(self, seconds: float) -> Outcome:
        """What became of it by now."""
        if not self.urls:
            return self._failed("the environment variable is not set")
        if not self.done:
            return self._failed(f"not delivered within {seconds:g} s")
        return (
            Outcome(did=Did.NOTIFIED, subject=self.name)
            if self.problem is None
            else self._failed(self.problem)
        )

    def _failed(self, why: str) -> Outcome:
        return Outcome(did=Did.FAILED, subject=f"notify {self.name}", detail=why)


def _deliver(urls: str, title: str, body: str) -> str | None:
    """Why the message did not go out; None where it did."""
    import apprise  # noqa: PLC0415 - heavy, and needed only on a freeze

    asset = apprise.AppriseAsset(app_id="promoter", app_desc="promoter", async_mode=False)
    asset.http_redirects = False  # the message and its credentials go to the origin that was named
    services = apprise.Apprise(asset=asset)
    if not services.add(urls):
        return "the environment variable holds no URL that apprise knows"
    sent = services.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    return None if sent else "the message could not be delivered"
