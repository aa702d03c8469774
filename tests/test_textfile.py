"""textfile: the metrics file is whole at every moment, readable by others, and refused early where it cannot be."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from promoter.errors import SettingsError
from promoter.textfile import ensure_writable, read_before, write_atomically


def test_the_file_is_replaced_and_everyone_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "promoter.prom"
    before = os.umask(0o077)
    try:
        for text in ("a 1\n", "b 2\n"):
            write_atomically(path, text)
            assert path.read_text() == text
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644
    assert [found.name for found in tmp_path.iterdir()] == ["promoter.prom"]


def test_a_reader_never_sees_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "promoter.prom"
    texts = [f"{letter * 200_000}\n" for letter in "ab"]
    write_atomically(path, texts[0])
    stop, seen = threading.Event(), set()

    def read() -> None:
        while not stop.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(60):
        write_atomically(path, texts[number % 2])
    stop.set()
    reader.join()
    assert seen <= set(texts)


def test_where_no_file_can_be_it_is_told_before_the_tick(tmp_path: Path) -> None:
    ensure_writable(tmp_path / "promoter.prom")
    with pytest.raises(SettingsError, match="is a directory"):
        ensure_writable(tmp_path)
    with pytest.raises(SettingsError, match="there is no directory"):
        ensure_writable(tmp_path / "none" / "promoter.prom")


def test_what_cannot_be_written_is_an_error_in_words_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "promoter.prom").mkdir()
    (tmp_path / "promoter.prom" / "x").touch()
    with pytest.raises(SettingsError, match="cannot be written: "):
        write_atomically(tmp_path / "promoter.prom", "a 1\n")
    assert [found.name for found in tmp_path.iterdir()] == ["promoter.prom"]
    with pytest.raises(SettingsError, match="cannot be written: No such file"):
        write_atomically(tmp_path / "none" / "promoter.prom", "a 1\n")


def test_what_was_written_is_read_again_and_no_file_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "promoter.prom"
    assert read_before(path) == ""
    write_atomically(path, "a 1\n")
    assert read_before(path) == "a 1\n"
    path.write_bytes(b"\xff\xfe")
    assert read_before(path) == "\ufffd\ufffd"
