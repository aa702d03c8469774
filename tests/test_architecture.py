"""The house rules of docs/explanation/architecture.md, held against every module of the package.

Each rule is a function of a module's name and text, so that the tests at the end can show that it fails.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES, FUNCTION_LINES = 400, 60
NO_NAMES = {"utils", "util", "common", "helpers", "misc", "manager", "managers", "types", "model", "models"}

# Who may import whom: a room imports its own floor and the ones below.
FLOORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("core", ("promoter.core",)),
    (
        "text",
        (
            "promoter.policy",
            "promoter.manifest",
            "promoter.proposal",
            "promoter.report",
            "promoter.errors",
            "promoter.yaml_source",
        ),
    ),
    (
        "adapters",
        ("promoter.repo", "promoter.forge", "promoter.metrics", "promoter.notify", "promoter.settings"),
    ),
    (
        "loop",
        (
            "promoter.policies",
            "promoter.world",
            "promoter.wire",
            "promoter.observe",
            "promoter.act",
            "promoter.tick",
            "promoter.human",
            "promoter.drill",
            "promoter.ends",
            "promoter.ends_refused",
            "promoter.lint",
            "promoter.evidence_files",
            "promoter.textfile",
        ),
    ),
    ("demo", ("promoter.demo",)),
    ("cli", ("promoter.cli", "promoter.__main__")),
)
CORE, TEXT = 0, 1

# The standard library without files, network, clock, environment, processes, logging and randomness.
QUIET = {
    "__future__",
    "abc",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "itertools",
    "math",
    "operator",
    "re",
    "statistics",
    "string",
    "typing",
}
# posixpath: paths inside of a repository as text; the file system is not asked.
QUIET_TEXT = QUIET | {
    "base64",
    "difflib",
    "html",
    "json",
    "posixpath",
    "textwrap",
    "unicodedata",
    "urllib.parse",
}
LOUD_BUILTINS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"}
CLOCK = {"now", "utcnow", "today"}

# Every third-party package, and the rooms that may know it. zoneinfo reads the time zone database from disk.
GUESTS: dict[str, tuple[str, ...]] = {
    "apprise": ("promoter.notify",),
    "click": ("promoter.cli", "promoter.demo"),
    "git": ("promoter.repo", "promoter.forge", "promoter.demo"),
    "github": ("promoter.forge.github",),
    "prometheus_api_client": ("promoter.metrics",),
    "promql_parser": ("promoter.policy", "promoter.metrics", "promoter.demo"),
    "pydantic": ("promoter.policy", "promoter.forge"),
    "requests": ("promoter.metrics", "promoter.forge.github"),
    "rich": ("promoter.cli", "promoter.demo"),
    "ruamel.yaml": ("promoter.yaml_source", "promoter.manifest"),
    "urllib3": ("promoter.metrics", "promoter.forge.github"),
    "zoneinfo": ("promoter.policy",),
}

# Modules of core and text without a test file of their own, each with its reason.
NO_MIRROR = {
    "promoter.core.decision": "dataclasses and enums only; decided in decide, worded in report.reasons",
    "promoter.core.evidence": "dataclasses only",
    "promoter.core.outcome": "dataclasses and enums only",
    "promoter.core.route": "dataclasses only",
    "promoter.core.judge.verdict": "dataclasses and enums only",
}

HEAVY = ("apprise", "git", "github", "prometheus_api_client", "pydantic", "requests", "rich", "ruamel")


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted((ROOT / "promoter").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def inside(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def floor_of(module: str) -> int | None:
    """Which floor a module is on; the package itself and rooms' empty __init__ files are below all."""
    return next((level for level, (_, rooms) in enumerate(FLOORS) if inside(module, rooms)), None)


def imported(module: str, text: str) -> Iterator[str]:
    """Every name that a module imports, wherever in it: at the top, in functions, under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                source = ".".join([*above, source]).strip(".")
            yield from (source if alias.name == "*" else f"{source}.{alias.name}" for alias in node.names)


def wrong_imports(module: str, text: str) -> list[str]:
    """The imports that the house does not allow here."""
    floor = floor_of(module)
    if floor is None:
        return [f"{module} is in no room: add it to FLOORS"] if module != "promoter" else []
    return [complaint for name in imported(module, text) if (complaint := _wrong(module, floor, name))]


def _wrong(module: str, floor: int, name: str) -> str | None:
    if inside(name, ("promoter",)):
        other = floor_of(name)
        if other is not None and other > floor:
            return f"{module} ({FLOORS[floor][0]}) imports {name} ({FLOORS[other][0]})"
        return None
    for guest, rooms in GUESTS.items():
        if inside(name, (guest,)):
            return None if inside(module, rooms) else f"{module} imports {name}: only {rooms} may"
    if name.split(".", maxsplit=1)[0] not in sys.stdlib_module_names:
        return f"{module} imports {name}: add it to GUESTS with its rooms"
    quiet = {CORE: QUIET, TEXT: QUIET_TEXT}.get(floor)
    if quiet is not None and not inside(name, tuple(quiet)):
        return f"{module} ({FLOORS[floor][0]}) imports {name}, which is not on the list of quiet modules"
    return None


def noises(module: str, text: str) -> list[str]:
    """Builtins and clock readings that core and text have no business with."""
    if floor_of(module) not in (CORE, TEXT):
        return []
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and node.id in LOUD_BUILTINS:
            found.append(f"{module}:{node.lineno} uses {node.id}")
        elif isinstance(node, ast.Attribute) and node.attr in CLOCK:
            found.append(f"{module}:{node.lineno} reads the clock ({node.attr})")
    return found


def drawer_names(module: str) -> list[str]:
    return [f"{module}: {part} is a drawer, not a name" for part in module.split(".") if part in NO_NAMES]


def too_long(name: str, text: str) -> list[str]:
    """Modules of more than LINES lines, functions of more than FUNCTION_LINES."""
    lines = text.count("\n") + (not text.endswith("\n") and bool(text))
    found = [f"{name} has {lines} lines"] if lines > LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{name}: {node.name} has {length} lines")
    return found


def mirror_of(module: str) -> str:
    """`promoter.core.judge.gauge` → `tests/core/judge/test_gauge.py`."""
    *rooms, name = module.split(".")[1:]
    return "/".join(["tests", *rooms, f"test_{name}.py"])


def needs_mirror(module: str) -> bool:
    is_package = MODULES[module].name == "__init__.py"
    return floor_of(module) in (CORE, TEXT) and not is_package and module not in NO_MIRROR


# --- the rules -------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
def test_every_room_imports_only_what_it_may(module: str) -> None:
    text = MODULES[module].read_text(encoding="utf-8")
    assert wrong_imports(module, text) == []
    assert noises(module, text) == []


def test_no_module_is_a_drawer() -> None:
    assert [complaint for module in MODULES for complaint in drawer_names(module)] == []


def test_no_module_and_no_function_is_too_long() -> None:
    found = []
    for place in ("promoter", "tests", "bench", "tools"):
        for path in sorted((ROOT / place).rglob("*.py")):
            found += too_long(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    assert found == []


def test_every_rule_and_text_has_a_test_file_of_its_own() -> None:
    missing = [mirror_of(module) for module in MODULES if needs_mirror(module)]
    assert [path for path in missing if not (ROOT / path).is_file()] == []


def test_the_exemptions_are_modules_that_still_need_one() -> None:
    assert [module for module in NO_MIRROR if module not in MODULES] == []
    assert [module for module in NO_MIRROR if (ROOT / mirror_of(module)).is_file()] == []


def test_packages_re_export_nothing() -> None:
    full = [m for m, path in MODULES.items() if path.name == "__init__.py" and path.stat().st_size]
    assert full == ["promoter"]


def test_help_imports_nothing_heavy() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "promoter", "--help"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "Usage: promoter" in ran.stdout
    names = {line.rsplit("|", 1)[-1].strip() for line in ran.stderr.splitlines()}
    assert "promoter.cli.main" in names
    assert sorted(name for name in names if inside(name, HEAVY)) == []


# --- the rules can fail ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("promoter.core.decide", "import logging"),
        ("promoter.core.decide", "import os.path"),
        ("promoter.core.decide", "from datetime import datetime\ndef f():\n    import time\n"),
        ("promoter.core.decide", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pathlib\n"),
        ("promoter.core.decide", "from ..forge import protocol"),
        ("promoter.core.judge.gauge", "from ...report.numbers import one_line"),
        ("promoter.core.decide", "from promoter.report.numbers import one_line"),
        ("promoter.core.decide", "from promoter import report"),
        ("promoter.core.decide", "import promoter.errors"),
        ("promoter.core.decide", "import zoneinfo"),
        ("promoter.core.decide", "import numpy"),
        ("promoter.core.decide", "import json"),
        ("promoter.report.plan_text", "from promoter.act import act"),
        ("promoter.report.plan_text", "from promoter import tick"),
        ("promoter.report.plan_text", "import zoneinfo"),
        ("promoter.report.plan_text", "import rich"),
        ("promoter.report.plan_text", "from os import environ"),
        ("promoter.policy.read", "import random"),
        ("promoter.policy.read", "import subprocess"),
        ("promoter.policy.read", "from urllib import request"),
        ("promoter.forge.local", "from promoter.tick import run_tick"),
        ("promoter.metrics.session", "import git"),
        ("promoter.wire", "from promoter.cli.options import common"),
        ("promoter.demo.story", "from promoter.cli import main"),
        ("promoter.newcomer", "import math"),
    ],
)
def test_an_import_across_the_floors_is_caught(module: str, text: str) -> None:
    assert len(wrong_imports(module, text)) == 1


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (
            "promoter.core.decide",
            "from promoter.core.weights import Split\nfrom collections.abc import Callable",
        ),
        ("promoter.core.decide", "from .weights import Split"),
        ("promoter.core.judge.gauge", "from ..policy import Policy"),
        ("promoter.policy.units", "from zoneinfo import ZoneInfo"),
        ("promoter.report.plan_json", "import json\nfrom promoter.core import policy"),
        ("promoter.forge.local", "import os\nfrom promoter.repo.process import Git"),
        ("promoter.cli.run", "import promoter.tick"),
        ("promoter.cli.main", "from promoter import __version__"),
    ],
)
def test_an_import_on_the_same_floor_or_below_is_fine(module: str, text: str) -> None:
    assert wrong_imports(module, text) == []


@pytest.mark.parametrize(
    "text", ["open('x')", "print(1)", "datetime.now(UTC)", "date.today()", "__import__('os')"]
)
def test_a_file_a_print_or_a_clock_is_caught_in_core_and_text_only(text: str) -> None:
    assert len(noises("promoter.core.decide", text)) == 1
    assert len(noises("promoter.report.plan_text", text)) == 1
    assert noises("promoter.cli.main", text) == []


def test_a_drawer_is_caught() -> None:
    assert drawer_names("promoter.core.utils")
    assert drawer_names("promoter.helpers.weights")
    assert drawer_names("promoter.repo.base") == []


def test_length_is_both_sides_of_its_limits() -> None:
    assert too_long("m", "x = 1\n" * LINES) == []
    assert too_long("m", "x = 1\n" * (LINES + 1)) == [f"m has {LINES + 1} lines"]
    function = "def f():\n" + "    x = 1\n" * (FUNCTION_LINES - 1)
    assert too_long("m", function) == []
    assert too_long("m", function + "    x = 1\n") == [f"m: f has {FUNCTION_LINES + 1} lines"]


def test_a_mirror_is_found_by_its_path() -> None:
    assert mirror_of("promoter.core.judge.gauge") == "tests/core/judge/test_gauge.py"
    assert mirror_of("promoter.errors") == "tests/test_errors.py"
