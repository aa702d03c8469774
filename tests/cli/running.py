"""Run the command line as a user does, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def promoter(*arguments: str, cwd: Path, seconds: float = 120, **environ: str) -> Ran:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PROMETHEUS", "GIT_"))}
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-m", "promoter", *arguments],
        cwd=cwd,
        env={**clean, "PYTHONPATH": root, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
