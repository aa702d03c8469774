"""Operation ids → the functions that answer them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.github.calls import Call
from tests.fakes.github.state import Item, Refused

Answer = tuple[int, Any]
ROUTES: dict[str, Callable[[Call], Answer]] = {}


def route(name: str) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    def known(function: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        ROUTES[name] = function
        return function

    return known


def missing() -> Refused:
    return Refused(404, "Not Found", kind="NOT_FOUND")


def item_of(call: Call, kind: type[Item] = Item) -> Any:
    state = call.hub.state if call.what.method != "get" else call.state
    return call.hub.find(call.number(), kind, state)
