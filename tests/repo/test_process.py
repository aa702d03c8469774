"""A git process that answers on: it must end with the last one who holds it, in whatever thread that is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

import pytest

from promoter.repo.process import Conversation, EndedError, Git


def conversation(folder: Path) -> Conversation:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return Conversation(Git(folder), "cat-file", "--batch-check")


def test_a_conversation_that_nobody_holds_any_more_ends_its_process(tmp_path: Path) -> None:
    # Else `promoter run --watch` keeps a process, a thread and three pipes of every tick.
    one = conversation(tmp_path)
    one.send(b"HEAD\n")
    assert one.line() == b"HEAD missing\n"
    process, listener = one._process, one._listener
    del one
    assert process.returncode is not None
    assert not listener.is_alive()


def test_it_may_be_let_go_by_its_own_listener(tmp_path: Path) -> None:
    one = conversation(tmp_path)
    unraised: list[BaseException] = []

    def close() -> None:
        try:
            one.close()
        except RuntimeError as error:  # "cannot join current thread"
            unraised.append(error)

    closing = threading.Thread(target=close)
    one._listener, listener = closing, one._listener
    closing.start()
    closing.join(30)
    listener.join(30)
    assert unraised == []
    assert one._process.returncode is not None


def test_an_interrupt_while_it_is_let_go_shows_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python cannot raise what falls into a finaliser, so it prints it: `--watch` ended with a traceback.
    def interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    shown: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", shown.append)
    one = conversation(tmp_path)
    process = one._process
    os.kill(process.pid, signal.SIGSTOP)  # it does not end when its input does
    before = signal.signal(signal.SIGALRM, interrupted)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        del one
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert shown == []
    assert process.wait(30) == -signal.SIGKILL


def test_complaints_are_read_from_an_end_that_nobody_else_can_close(tmp_path: Path) -> None:
    # The number of a closed one is given to the next socket that is opened: the listener would read from that.
    one = Conversation(Git(tmp_path), "cat-file", "--batch-check")
    assert one._process.stderr is not None
    assert one._process.stderr.closed
    with pytest.raises(EndedError) as told:
        one.line()
    assert told.value.stderr.startswith(b"fatal: not a git repository")
