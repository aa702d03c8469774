"""A git process that answers on: it must end with the last one who holds it, in whatever thread that is."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

from promoter.repo.process import Conversation, Git


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
