"""The live picture on a real terminal, and a Ctrl-C typed on it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from promoter.plant.processes import wait_until
from tests.plant.test_orphans import living_in, needs_proc

ROOT = Path(__file__).parents[2]
SHOW_CURSOR = b"\x1b[?25h"


def read_until(terminal: int, condition: Callable[[bytes], bool], seconds: float = 90) -> bytes:
    """What the terminal showed until the condition holds, or the program is gone."""
    shown, end = b"", time.monotonic() + seconds
    with suppress(OSError):  # a terminal without a program
        while not condition(shown) and time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                shown += os.read(terminal, 65536)
    return shown


@needs_proc
@pytest.mark.live
@pytest.mark.prometheus
def test_the_picture_is_drawn_and_a_ctrl_c_gives_the_terminal_back(live_parts: Path, tmp_path: Path) -> None:
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 120, 0, 0))
    command = [sys.executable, "-m", "promoter", "demo", "--live", "--scene", "healthy", "--keep", "kept"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "120"}
    environ.pop("NO_COLOR", None)
    with subprocess.Popen(
        command,
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=tmp_path,
        env=environ,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - a Ctrl-C needs its terminal
    ) as process:
        os.close(its)
        shown = read_until(mine, lambda text: b"success-rate" in text)
        assert b"v9-gray" in shown
        assert b"A healthy release" in shown
        assert SHOW_CURSOR not in shown
        os.write(mine, b"\x03")
        rest = read_until(mine, lambda _: process.poll() is not None)
        rest += read_until(mine, lambda _: False, seconds=0.5)
        assert process.wait(30) == 130
    os.close(mine)
    assert SHOW_CURSOR in rest
    assert b"stopped" in rest
    at = rest.find(b"Traceback")
    assert at < 0, rest[at:].decode(errors="replace")[:6000]
    wait_until("the end of all", lambda: not living_in(tmp_path / "kept"), seconds=20)
