"""Runs a program that does not watch its parent, and ends it when the parent is gone, however that died.

The parent holds the other end of stdin. When it ends (closed, or its owner was killed), the program is
terminated, and killed where it does not go. Standard library only: it starts in a few milliseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys

_GRACE = 3.0  # seconds from asking to killing
_LOOK = 0.2  # seconds between two looks whether it ended by itself


def main(command: list[str]) -> int:
    """Run until it ends or stdin does; returns its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr) as program:
        try:
            with contextlib.suppress(BrokenPipeError):
                print(json.dumps({"pid": program.pid}), flush=True)  # noqa: T201 - the parent's pipe
            while program.poll() is None:
                if select.select([sys.stdin], [], [], _LOOK)[0] and not os.read(0, 4096):
                    break
        finally:
            program.terminate()
            try:
                program.wait(_GRACE)
            except subprocess.TimeoutExpired:
                program.kill()
    return program.wait()


if __name__ == "__main__":
    sys.exit(abs(main(sys.argv[1:])))
