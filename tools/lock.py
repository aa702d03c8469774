"""Resolve the dependencies into requirements locks with hashes; no index host is named in them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras", "--no-header", "--no-annotate",
    "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-emit-options",
]  # fmt: skip


def main() -> None:
    """Write the locks: what runs, what the live demo needs besides, and what tests need besides."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = project["build-system"]["requires"]
    lock("requirements.lock", [*project["project"]["dependencies"], *build])
    live = project["project"]["optional-dependencies"]["live"]
    lock("requirements-live.lock", [*live, "-c requirements.lock"])
    same = ["-c requirements.lock", "-c requirements-live.lock"]
    lock("requirements-dev.lock", [*project["dependency-groups"]["dev"], *same])


def lock(name: str, requirements: list[str]) -> None:
    """Resolve these requirements into the file `name` in the root."""
    with tempfile.NamedTemporaryFile("w", suffix=".in", dir=ROOT, delete=False) as file:
        file.write("\n".join(requirements) + "\n")
    try:
        target = [f"--output-file={name}", Path(file.name).name]
        subprocess.run([sys.executable, "-m", "piptools", "compile", *FLAGS, *target], cwd=ROOT, check=True)
    finally:
        Path(file.name).unlink()
    text = (ROOT / name).read_text(encoding="utf-8")
    (ROOT / name).write_text("# Made by `make lock`.\n" + text, encoding="utf-8")


if __name__ == "__main__":
    main()
