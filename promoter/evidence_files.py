"""Where a plan's evidence comes from: Prometheus (kept in a file on request) or such a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from promoter.errors import SettingsError
from promoter.metrics.protocol import Metrics, TenantMetrics
from promoter.settings import Options


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
    if record:
        return _kept(live, options.at, record)
    return Source(metrics=live.with_tenant, at=options.at, save=_nothing)


def _from_file(options: Options, path: Path) -> Source:
    from promoter.metrics.recorded import RecordedMetrics  # noqa: PLC0415
    from promoter.metrics.recording import read_recording  # noqa: PLC0415

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {path}", hint="write one with plan --record FILE") from error
    recording = read_recording(str(path), text)
    if options.pinned and options.at != recording.at:
        raise SettingsError(
            f"--at is not the moment {path} was recorded at, {recording.at:%Y-%m-%dT%H:%M:%SZ}"
        )
    replayed = RecordedMetrics(recording, str(path))
    return Source(metrics=replayed.with_tenant, at=recording.at, save=_nothing)


def _kept(live: TenantMetrics, at: datetime, path: Path) -> Source:
    """Prometheus, with everything it answers kept for `path`."""
    from promoter.metrics.recorded import RecordingMetrics  # noqa: PLC0415
    from promoter.metrics.recording import recording_json  # noqa: PLC0415

    kept = RecordingMetrics(live)

    def save() -> None:
        try:
            path.write_text(recording_json(kept.recording(at)), encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"cannot write {path}: {error.strerror}") from error

    return Source(metrics=kept.with_tenant, at=at, save=save)


def _nothing() -> None:
    """There is nothing to save."""
