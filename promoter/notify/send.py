"""Tell people and services, through apprise, at the URLs that the named environment variables hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from promoter.core.outcome import Did, Outcome


def send(names: Sequence[str], environ: Mapping[str, str], *, title: str, body: str) -> Iterator[Outcome]:
    """One outcome for each name. A failure stops nothing, and never shows the URL: it is a secret."""
    for name in names:
        url = environ.get(name)
        if not url:
            yield Outcome(did=Did.FAILED, subject=name, detail="the environment variable is not set")
        elif _sent(url, title, body):
            yield Outcome(did=Did.NOTIFIED, subject=name)
        else:
            yield Outcome(did=Did.FAILED, subject=name, detail="the message could not be delivered")


def _sent(url: str, title: str, body: str) -> bool:
    import logging  # noqa: PLC0415

    import apprise  # noqa: PLC0415 - heavy, and needed only on a freeze

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings repeat the URL
    target = apprise.Apprise()
    if not target.add(url):
        return False
    return bool(target.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT))
