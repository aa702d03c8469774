"""Where a plan's evidence comes from: Prometheus (kept in a file on request) or such a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from promoter.cli.options import Options
from promoter.errors import SettingsError
from promoter.metrics.protocol import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The metrics to judge by, the moment they are about, and what to do afterwards."""

    metrics: Callable[[str | None], Metrics]
    at: datetime
    save: Callable[[], None]


def plan_metrics(
    options: Options, environ: Mapping[str, str], *, record: Path | None, recorded: Path | None
) -> Source:
    """The source that the options ask for. Raises SettingsError for files that cannot be used."""
    if record and recorded:
        raise SettingsError("--record and --recorded exclude each other")
    if recorded:
        return _from_file(options, recorded)
    from promoter.wire import prometheus  # noqa: PLC0415

    live = prometheus(options, environ)
    return _kept(live, options.at, record) if record else Source(metrics=live, at=options.at, save=_nothing)


def _from_file(options: Options, path: Path) -> Source:
    from promoter.metrics.recorded import RecordedMetrics, read_recording  # noqa: PLC0415

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error
    recording = read_recording(str(path), text)
    if options.pinned and options.at != recording.at:
        raise SettingsError(f"--at differs from the moment {path} was recorded at ({recording.at:%FT%TZ})")
    replayed = RecordedMetrics(recording)
    return Source(metrics=replayed.with_tenant, at=recording.at, save=_nothing)


def _kept(live: Callable[[str | None], Metrics], at: datetime, path: Path) -> Source:
    """Prometheus, with everything it answers kept for `path`."""
    from promoter.metrics.recorded import RecordingMetrics, write_recording  # noqa: PLC0415

    kept: dict[str | None, RecordingMetrics] = {}

    def metrics(tenant: str | None) -> Metrics:
        return kept.setdefault(tenant, RecordingMetrics(live(tenant)))

    def save() -> None:
        answers = {
            query: answer for recording in kept.values() for query, answer in recording.answers.items()
        }
        try:
            path.write_text(write_recording(at, answers), encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"cannot write {path}: {error.strerror}") from error

    return Source(metrics=metrics, at=at, save=save)


def _nothing() -> None:
    """There is nothing to save."""
