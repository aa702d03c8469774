#!/usr/bin/env python3
"""Print the directory that holds `prometheus` and `promtool`, after fetching them where they are missing.

In this order: on PATH; fetched earlier into .cache/prometheus/ of this checkout; Debian's package, downloaded
and unpacked there without installing it (no root needed). Standard library only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # as a script it is run before the package is installed

from promoter.plant import debian  # noqa: E402
from promoter.plant.debian import PROGRAMS, UnavailableError  # noqa: E402

CACHE = ROOT / ".cache" / "prometheus"


def find(package: str) -> Path | None:
    """The directory that holds a package's programs already, without fetching anything."""
    return debian.find(package, CACHE)


def ensure(package: str) -> Path:
    """The directory that holds a package's programs, fetched if need be. Raises UnavailableError."""
    return debian.ensure(package, CACHE)


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
