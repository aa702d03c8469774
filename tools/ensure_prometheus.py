#!/usr/bin/env python3
"""Print the directory that holds `prometheus` and `promtool`, after fetching them where they are missing.

In this order: on PATH; fetched earlier into .cache/prometheus/ of this checkout; Debian's package, downloaded
and unpacked there without installing it (no root needed). Standard library only.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "prometheus"
PROGRAMS = {"prometheus": ("prometheus", "promtool"), "victoria-metrics": ("victoria-metrics",)}
_ADVICE = "install Prometheus 2.40 or later (its own site has archives) and put {names} on PATH"


class UnavailableError(Exception):
    """The programs are not here and cannot be fetched; the text says what to do."""


def find(package: str) -> Path | None:
    """The directory that holds a package's programs already, without fetching anything."""
    names = PROGRAMS[package]
    on_path = shutil.which(names[0])
    candidates = [CACHE / package / "usr" / "bin"]
    if on_path:
        candidates.insert(0, Path(on_path).parent)
    return next((place for place in candidates if _holds(place, names)), None)


def ensure(package: str) -> Path:
    """The directory that holds a package's programs, fetched if need be. Raises UnavailableError."""
    place = find(package)
    if place is not None:
        return place
    names = PROGRAMS[package]
    advice = _ADVICE.format(names=" and ".join(names))
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise UnavailableError(f"{package} is not on PATH, and this is no Debian to fetch it from; {advice}")
    with _alone():
        place = find(package)  # another process may have been faster
        if place is not None:
            return place
        _fetch(package, advice)
    place = CACHE / package / "usr" / "bin"
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


def _fetch(package: str, advice: str) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        work = Path(name)
        debs = _download(package, work)
        if not debs:
            raise UnavailableError(
                f"apt-get cannot download {package}; is the network there? otherwise {advice}"
            )
        unpacked = work / "unpacked"
        _run(["dpkg", "-x", str(debs[0]), str(unpacked)], work)
        target = CACHE / package
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
def _alone() -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--with",
        dest="extra",
        action="append",
        choices=sorted(set(PROGRAMS) - {"prometheus"}),
        default=[],
        help="also fetch this program; its directory is printed on a line of its own",
    )
    options = parser.parse_args()
    try:
        for package in ("prometheus", *options.extra):
            print(ensure(package))
    except (UnavailableError, OSError, subprocess.SubprocessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
