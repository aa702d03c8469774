"""Read all policies: at base's head when acting, from the work tree for `plan`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promoter.core.policy import Policy
from promoter.core.situation import Unusable
from promoter.errors import PolicyError, Problem, PromoterError, SettingsError
from promoter.policy.read import read_policy
from promoter.repo.base import Repository

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policies that could be read, and the ones that could not, each with its problems."""

    good: tuple[Policy, ...]
    broken: tuple[Unusable, ...] = ()
    notes: tuple[str, ...] = ()

    def select(self, names: Sequence[str]) -> tuple[Policy, ...]:
        """The named policies and those they wait for; all where none is named. SettingsError if unknown."""
        known = {policy.name: policy for policy in self.good}
        broken = {unusable.name for unusable in self.broken}
        wanted: dict[str, Policy] = {}
        queue = list(names or known)
        while queue:
            name = queue.pop(0)
            if name in known and name not in wanted:
                wanted[name] = known[name]
                queue += [after.rollout for after in known[name].after if after.rollout in known]
            elif name in names and name not in known and name not in broken:
                raise _unknown(name, [*known, *broken])
        return tuple(wanted.values())


def _unknown(name: str, known: Sequence[str]) -> SettingsError:
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known)) or 'none'}"
    return SettingsError(f"no rollout is called {name!r}", hint=hint)


def policies_at(repo: Repository, commit: str, directory: str) -> Policies:
    """The policies in `directory` at a commit."""
    paths = repo.list_files(commit, directory, SUFFIXES)
    files = repo.read_files(commit, paths)
    return read_policies(files)


def policies_to_plan(repo: Repository, commit: str, directory: str) -> Policies:
    """The policies of the work tree, with a note for each that differs from base; base's in a bare one."""
    tree = repo.work_tree_files(directory, SUFFIXES)
    if not tree:
        return policies_at(repo, commit, directory)
    paths = repo.list_files(commit, directory, SUFFIXES, needed=False)  # a first policy is not on base yet
    at_base = repo.read_files(commit, paths)
    notes = [
        f"{path} in the work tree is not what base has: plan shows the work tree, run follows base"
        for path in sorted(tree.keys() | at_base.keys())
        if tree.get(path) != at_base.get(path)
    ]
    found = read_policies(tree)
    return Policies(good=found.good, broken=found.broken, notes=tuple(notes))


def read_policies(files: Mapping[str, bytes | Problem]) -> Policies:
    """Read every file; a broken one is told under its file's name and stops no other."""
    good: list[Policy] = []
    broken: list[Unusable] = []
    for path, data in files.items():
        stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        if isinstance(data, Problem):
            broken.append(Unusable(name=stem, problems=(str(data),)))
            continue
        try:
            good.append(read_policy(path, data))
        except PolicyError as error:
            broken.append(Unusable(name=stem, problems=tuple(str(problem) for problem in error.problems)))
        except PromoterError as error:
            broken.append(Unusable(name=stem, problems=(str(error),)))
    return _unique(good, broken)


def _unique(good: Sequence[Policy], broken: Sequence[Unusable]) -> Policies:
    """A name used twice makes all of its policies unusable: nobody could say which rule counts."""
    files: dict[str, list[str]] = {}
    for policy in good:
        files.setdefault(policy.name, []).append(policy.file)
    twice = {name for name, where in files.items() if len(where) > 1}
    doubled = tuple(
        Unusable(name=name, problems=(f"{' and '.join(files[name])} are both called {name}",))
        for name in sorted(twice)
    )
    unique = tuple(policy for policy in good if policy.name not in twice)
    return Policies(good=unique, broken=(*broken, *doubled))
