"""Prometheus and VictoriaMetrics: on PATH, or Debian's package, downloaded and unpacked without root.

Standard library only, so that tools/ensure_prometheus.py runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = {"prometheus": ("prometheus", "promtool"), "victoria-metrics": ("victoria-metrics",)}
_ADVICE = "install Prometheus 2.40 or later (its own site has archives) and put {names} on PATH"


class UnavailableError(Exception):
    """The programs are not here and cannot be fetched; the text says what to do."""


def find(package: str, cache: Path) -> Path | None:
    """The directory that holds a package's programs already, without fetching anything."""
    names = PROGRAMS[package]
    on_path = shutil.which(names[0])
    candidates = [cache / package / "usr" / "bin"]
    if on_path:
        candidates.insert(0, Path(on_path).parent)
    return next((place for place in candidates if _holds(place, names)), None)


def ensure(package: str, cache: Path) -> Path:
    """The directory that holds a package's programs, fetched if need be. Raises UnavailableError."""
    place = find(package, cache)
    if place is not None:
        return place
    names = PROGRAMS[package]
    advice = _ADVICE.format(names=" and ".join(names))
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise UnavailableError(f"{package} is not on PATH, and this is no Debian to fetch it from; {advice}")
    with _alone(cache):
        place = find(package, cache)  # another process may have been faster
        if place is not None:
            return place
        _fetch(package, cache, advice)
    place = cache / package / "usr" / "bin"
    if not _holds(place, names):
        raise UnavailableError(f"Debian's package {package} holds no working {' and '.join(names)}; {advice}")
    return place


def _holds(place: Path, names: Sequence[str]) -> bool:
    return all(_starts(place / name) for name in names)


def _starts(program: Path) -> bool:
    if not os.access(program, os.X_OK):
        return False
    return (
        subprocess.run([program, "--version"], capture_output=True, check=False, timeout=60).returncode == 0
    )


def _fetch(package: str, cache: Path, advice: str) -> None:
    with tempfile.TemporaryDirectory(dir=cache) as name:
        work = Path(name)
        debs = _download(package, work)
        if not debs:
            raise UnavailableError(
                f"apt-get cannot download {package}; is the network there? otherwise {advice}"
            )
        unpacked = work / "unpacked"
        _run(["dpkg", "-x", str(debs[0]), str(unpacked)], work)
        target = cache / package
        shutil.rmtree(target, ignore_errors=True)
        unpacked.rename(target)  # at once: never half a package


def _download(package: str, work: Path) -> list[Path]:
    """The package's file; the lists of packages are refreshed where they do not know it."""
    private = [f"-oDir::State::lists={work}/lists", f"-oDir::Cache={work}/cache"]
    attempts: list[tuple[list[str], bool]] = [([], False), ([] if os.geteuid() == 0 else private, True)]
    for options, refresh in attempts:
        if refresh:
            for folder in ("lists/partial", "cache/archives/partial"):
                (work / folder).mkdir(parents=True)
            _run(["apt-get", "-q", *options, "update"], work)
        _run(["apt-get", "-q", *options, "download", package], work)
        debs = sorted(work.glob("*.deb"))
        if debs:
            return debs
    return []


def _run(command: Sequence[str], where: Path) -> None:
    """Run, with what it prints on stderr: stdout is for the answer. A failure shows in what is missing then."""
    subprocess.run(command, cwd=where, stdout=sys.stderr, check=False, timeout=600)


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
