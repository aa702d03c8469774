"""A value that a policy cannot have: raised where it is read, told with its place by `read.py`."""

from __future__ import annotations

Path = tuple[str | int, ...]


class RefusedError(ValueError):
    """What is wrong with a value and what to write instead; `at` leads on from the value to the place."""

    def __init__(self, message: str, hint: str | None = None, *, at: Path = ()) -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message = message
        self.hint = hint
        self.at = at


def shown(value: object) -> str:
    """A value in a message: quoted, on one line, cut short; of a list or mapping only that it is one."""
    match value:
        case str():
            return repr(value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…")
        case bool():
            return str(value).lower()
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return str(value)[:_LONGEST]


_LONGEST = 60
