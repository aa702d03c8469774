"""The plant's processes: each is ended by its own process id, and ends by itself when this one dies."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from promoter.errors import PromoterError

_START = 30.0  # seconds a process has to say that it is ready
_GRACE = 5.0  # seconds to end by itself
_ROOT = Path(__file__).resolve().parents[2]


class PlantError(PromoterError):
    """A part of the live plant that cannot be had, did not start, or did not get there in time."""


class Process:
    """One process of the plant. It watches its stdin, of which this object holds the other end."""

    def __init__(self, name: str, module: str, arguments: Sequence[str], log: Path) -> None:
        self.name = name
        self._log = log
        keep = ("HOME", "PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
        environ = {key: os.environ[key] for key in keep if key in os.environ}
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                env={**environ, "PYTHONPATH": str(_ROOT)},
                cwd=log.parent,
                start_new_session=True,  # a Ctrl-C is for the parent, which ends them in order
            )
        self.facts: dict[str, Any] = {}

    def wait_ready(self) -> None:
        """Until it has said so. Raises PlantError with the end of its log."""
        pipe = self._process.stdout
        line = b""
        if pipe is not None and select.select([pipe], [], [], _START)[0]:
            line = pipe.readline()
        try:
            self.facts = json.loads(line)
        except ValueError:
            self.stop()
            raise PlantError(f"{self.name} did not start: {last_words(self._log)}") from None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.facts["port"])

    @property
    def pid(self) -> int:
        """Of the program itself, also where a keeper runs it."""
        return int(self.facts.get("pid", self._process.pid))

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL, as a node that dies; returns when it is gone."""
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def ask_to_stop(self) -> None:
        """Close its stdin."""
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()

    def stop(self) -> None:
        """End it, and wait until it is gone. Twice is once."""
        self.ask_to_stop()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                self._process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)
                break
        if self._process.stdout:
            self._process.stdout.close()


def keep(name: str, command: Sequence[str | Path], log: Path) -> Process:
    """A program that does not watch its parent, under a keeper that does."""
    return Process(name, "promoter.plant.keeper", [str(word) for word in command], log)


class ReservedPort:
    """A port of loopback for one process that may die and come back: bound here, listened on there.

    While nobody listens, connections are refused, and no other program can take it.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Give it back."""
        self._socket.close()


def last_words(log: Path) -> str:
    """The end of a log, in one line."""
    with suppress(OSError):
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line]
        return " / ".join(lines[-3:])[-400:] or "it said nothing"
    return "it wrote no log"


def wait_until(what: str, condition: Any, seconds: float = _START, pause: float = 0.02) -> Any:
    """Until `condition()` is true; returns what it returned. Raises PlantError after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > until:
            raise PlantError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
