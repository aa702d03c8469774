"""Where drills are recorded: a ref of the clone, its commits the audit trail. No forge has to know of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as strict_dataclass

from promoter.core.drills import Drill
from promoter.errors import ForgeError
from promoter.forge.records import damaged
from promoter.forge.shelf import rollout_name
from promoter.repo.base import Repository
from promoter.repo.commit import tree_of, write_commit
from promoter.repo.refs import RefChange, update_refs

DRILLS = "refs/promoter/drills/"
KEPT = 60  # in the newest record; older ones stay in the ref's history
_FILE = "drills.json"
_TRIES = 5


@strict_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class DrillsRecord:
    """The last drills of one rollout, oldest first."""

    version: Literal[1] = 1
    rollout: str
    drills: tuple[Drill, ...]


_RECORD = TypeAdapter(DrillsRecord)


@dataclass(frozen=True, slots=True)
class DrillLog:
    """The drills of one repository."""

    repo: Repository

    def read(self, rollout: str) -> tuple[Drill, ...]:
        """The recorded drills, oldest first. Raises ForgeError where the record is damaged."""
        return self._read(rollout)[1]

    def keep(self, drill: Drill) -> str:
        """Record a drill; the ref it is kept at. Another process' record of the same moment stays beside it."""
        ref = drills_ref(drill.rollout)
        for _ in range(_TRIES):
            at, known = self._read(drill.rollout)
            record = DrillsRecord(rollout=drill.rollout, drills=(*known, drill)[-KEPT:])
            tree = tree_of(self.repo.objects, {_FILE: _json(record)})
            outcome = drill.problem or f"{drill.seconds:.2f} s"
            message = f"drill {drill.kind.value} of {drill.rollout}: {' '.join(outcome.split())}"
            commit = write_commit(
                self.repo.objects, tree=tree, parents=[at] if at else [], message=message, when=drill.at
            )
            if update_refs(self.repo.refs, [RefChange(ref, commit, at)]):
                return ref
        raise ForgeError(f"{ref} was changed by others {_TRIES} times in a row", hint="run again")

    def _read(self, rollout: str) -> tuple[str | None, tuple[Drill, ...]]:
        ref = drills_ref(rollout)
        at = self.repo.refs.resolve(ref)
        if at is None:
            return None, ()
        found = self.repo.objects.read_one(f"{at}:{_FILE}")
        if found is None or found.kind != "blob" or found.data is None:
            raise damaged(ref, "it holds no record")
        try:
            record = _RECORD.validate_json(found.data)
        except ValidationError as error:
            raise damaged(ref, str(error.errors(include_url=False, include_input=False)[0]["msg"])) from error
        strangers = {record.rollout, *(drill.rollout for drill in record.drills)} - {rollout}
        if strangers or any(drill.at.tzinfo is None for drill in record.drills):
            raise damaged(ref, f"it is about {', '.join(sorted(strangers)) or 'times without their zone'}")
        return at, record.drills


def drills_ref(rollout: str) -> str:
    """The ref that keeps a rollout's drills."""
    return DRILLS + rollout_name(rollout)


def _json(record: DrillsRecord) -> bytes:
    document = _RECORD.dump_python(record, mode="json")
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")
