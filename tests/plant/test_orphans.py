"""Whatever ends the demo, nothing that it started goes on: Ctrl-C, a polite end, a killed or a crashed demo."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from promoter.plant.processes import Process, keep, wait_until

ROOT = Path(__file__).parents[2]
needs_proc = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")


def living_in(folder: Path) -> list[int]:
    """The processes that work in this folder, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink().is_relative_to(folder):
                    found.append(int(entry.name))
            except OSError:  # it ended meanwhile, or is a zombie
                continue
    return found


@contextmanager
def demo(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running live demo whose plant is up."""
    command = [
        sys.executable,
        "-m",
        "promoter",
        "demo",
        "--live",
        "--scene",
        "healthy",
        "--keep",
        str(folder),
    ]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    log = folder.with_suffix(".log")
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environ) as process:
        try:
            wait_until("the plant", lambda: b"Envoy on port" in log.read_bytes(), seconds=60)
            yield process
        finally:
            process.kill()


@needs_proc
@pytest.mark.live
@pytest.mark.prometheus
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_the_demo_ends_all_that_it_started(
    live_parts: Path, tmp_path: Path, number: signal.Signals
) -> None:
    plant = tmp_path / "kept" / "plant"
    with demo(tmp_path / "kept") as process:
        assert len(living_in(plant)) >= 8  # two models, cameras, telemetry, agent, Envoy, Prometheus, keepers
        process.send_signal(number)
        process.wait(30)
    wait_until("the end of all", lambda: not living_in(plant), seconds=20)
    if number != signal.SIGKILL:
        assert b"Traceback" not in (tmp_path / "kept.log").read_bytes()
        assert process.returncode == 130


SLEEPER = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    """A program under its keeper that ignores every polite request."""
    deaf = tmp_path / "deaf"
    process = keep("the sleeper", [sys.executable, "-c", SLEEPER, deaf], tmp_path / "log")
    process.wait_ready()
    wait_until("the sleeper", deaf.exists)
    yield process
    process.stop()


def gone(pid: int) -> Callable[[], bool]:
    def look() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    return look


def test_a_program_that_will_not_go_is_killed_by_its_keeper(sleeper: Process) -> None:
    assert not gone(sleeper.pid)()
    sleeper.ask_to_stop()
    wait_until("its end", gone(sleeper.pid), seconds=20)


def test_a_killed_program_is_gone_at_once_and_its_keeper_with_it(sleeper: Process) -> None:
    began = time.monotonic()
    sleeper.kill()
    assert gone(sleeper.pid)()
    assert not sleeper.running
    assert time.monotonic() - began < 20


def test_a_process_that_does_not_start_says_its_last_words(tmp_path: Path) -> None:
    process = keep("the wreck", [sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path / "log")
    process.wait_ready()  # the keeper knows a process id
    wait_until("its end", lambda: not process.running)
    process.stop()
    assert "no such luck" in (tmp_path / "log").read_text()
