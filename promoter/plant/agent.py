"""The GitOps agent, in Argo CD's and istiod's place: what base's head says becomes Envoy's route table.

It follows one branch and writes file-based RDS by an atomic rename, which Envoy sees within milliseconds.
Manifests that it cannot translate are refused: the table in use stays. What happened is in a log, one JSON
object a line, with times of the monotonic clock.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from promoter.plant.routes import RefusedError, route_table, weights
from promoter.plant.serving import ready

EVERY = 0.1  # seconds between two looks at the branch


class Objects:
    """One `git cat-file` that answers as long as this lives: looking often costs no process."""

    def __init__(self, repository: Path) -> None:
        command = ["git", "-C", str(repository), "cat-file", "--batch"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, name: str) -> tuple[str, bytes] | None:
        """The object of that name: its hash and its contents. None where there is none."""
        asked, told = self._process.stdin, self._process.stdout
        if asked is None or told is None:
            raise RuntimeError("git has no pipes")
        asked.write(name.encode() + b"\n")
        asked.flush()
        head = told.readline().split()
        if not head:
            raise RuntimeError("git cat-file ended")
        if head[-1] == b"missing":
            return None
        data = told.read(int(head[-1]))
        told.read(1)
        return head[0].decode(), data

    def close(self) -> None:
        """End the process."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(10)


class Agent:
    """Follows a branch."""

    def __init__(
        self, objects: Objects, branch: str, files: Sequence[str], clusters: Sequence[str], folder: Path
    ) -> None:
        self._objects = objects
        self._branch = branch
        self._files = files
        self._clusters = clusters
        self._folder = folder
        self._seen = ""

    def look(self) -> None:
        """Apply base's head where it is new."""
        head = self._objects.read(f"refs/heads/{self._branch}")
        if head is None or head[0] == self._seen:
            return
        self._seen = head[0]
        noticed = time.monotonic()
        try:
            table = route_table([self._text(path) for path in self._files], head[0], clusters=self._clusters)
        except (RefusedError, KeyError, TypeError, AttributeError) as error:
            self._tell(commit=head[0], refused=str(error), at=noticed)
            return
        new = self._folder / ".routes.json.new"
        new.write_text(json.dumps(table), encoding="utf-8")
        new.replace(self._folder / "routes.json")
        self._tell(commit=head[0], weights=weights(table), noticed=noticed, at=time.monotonic())

    def _text(self, path: str) -> str:
        found = self._objects.read(f"{self._seen}:{path}")
        if found is None:
            raise RefusedError(f"{path} is not there")
        return found[1].decode("utf-8", "replace")

    def _tell(self, **facts: object) -> None:
        with (self._folder / "agent.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(facts) + "\n")


def main() -> None:
    """Follow until stdin ends: the parent is gone, or asks to stop."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repository", type=Path, required=True)
    parser.add_argument("--branch", required=True)
    parser.add_argument("--file", action="append", required=True)
    parser.add_argument("--cluster", action="append", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    objects = Objects(given.repository)
    agent = Agent(objects, given.branch, given.file, given.cluster, given.folder)
    agent.look()
    ready(pid=os.getpid())
    while not select.select([sys.stdin], [], [], EVERY)[0]:
        agent.look()
    objects.close()


if __name__ == "__main__":
    main()
