"""A policy's text → what it means, or every problem at once, each with its place and a remedy."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from promoter.core.policy import Policy
from promoter.errors import ManifestError, PolicyError, Problem
from promoter.policy.meaning import Meaning, mean
from promoter.policy.source import Path, Reading, read_source
from promoter.policy.written import WrittenPolicy
from promoter.yaml_source import YamlSource

_TAGS = frozenset({"plain", "mapping"})
_ELSEWHERE = ("url", "token", "bearer", "password", "username", "ca", "cert", "key")


def read_policy(file: str, data: bytes) -> Policy:
    """The policy in `file`. Raises PolicyError with every problem found."""
    try:
        reading = read_source(YamlSource.decode(file, data))
    except ManifestError as error:
        raise PolicyError((error.problem,)) from error
    problems = list(reading.problems)
    written: WrittenPolicy | None = None
    if reading.data is not None:
        try:
            written = WrittenPolicy.model_validate(reading.data)
        except ValidationError as error:
            problems += _problems(reading, error)
    if written is not None:
        meaning = mean(file, written)
        problems += _meant(reading, meaning)
        if not problems and meaning.policy is not None:
            return meaning.policy
    unique = dict.fromkeys(problems)  # one cause may be found on several ways
    raise PolicyError(tuple(sorted(_without_misspelt(unique), key=_place)))


def _without_misspelt(problems: Iterable[Problem]) -> list[Problem]:
    """Without `x is missing` where a misspelt x is told."""
    found = list(problems)
    meant = {problem.hint for problem in found if problem.message.startswith("unknown key")}
    return [
        problem
        for problem in found
        if f"did you mean {problem.message.split(' is missing')[0].split('.')[-1]}?" not in meant
    ]


def _place(problem: Problem) -> tuple[int, int, str]:
    where = problem.where
    return (where.line, where.column, problem.message) if where else (0, 0, problem.message)


def _meant(reading: Reading, meaning: Meaning) -> Iterator[Problem]:
    for path, message in meaning.problems:
        yield Problem(f"{_dotted(path)}: {message}" if path else message, reading.where(path))


def _problems(reading: Reading, error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        path = tuple(part for part in detail["loc"] if part not in _TAGS)
        yield _problem(reading, path, detail)


def _problem(reading: Reading, path: Path, detail: Mapping[str, Any]) -> Problem:
    name = _dotted(path)
    match detail["type"]:
        case "extra_forbidden":
            return _unknown(reading, path)
        case "missing":
            return Problem(f"{name} is missing", reading.where(path[:-1]))
        case "literal_error":
            return _not_one_of(reading, path, detail)
        case "string_pattern_mismatch":
            return _mismatch(reading, path, detail)
        case "value_error":
            return Problem(f"{name}: {detail['ctx']['error']}", reading.where(path))
        case _:
            words = detail["msg"][:1].lower() + detail["msg"][1:]
            return Problem(f"{name}: {words.replace('input should', 'must')}", reading.where(path))


def _mismatch(reading: Reading, path: Path, detail: Mapping[str, Any]) -> Problem:
    name, where = _dotted(path), reading.where(path)
    if path[:1] == ("notify",):  # what stands there may be a secret: it is not repeated
        hint = "the URL itself is a secret and has no place in Git"
        return Problem(f"{name}: write the name of an environment variable", where, hint)
    pattern = detail["ctx"]["pattern"]
    return Problem(f"{name}: {_shown(detail['input'])} is not allowed; it must match {pattern}", where)


def _unknown(reading: Reading, path: Path) -> Problem:
    where = reading.keys.get(path, reading.where(path))
    key = str(path[-1])
    if len(path) > 1 and path[-2] == "prometheus" and key.lower().startswith(_ELSEWHERE):
        hint = "where Prometheus is and how to log in comes from the environment (PROMETHEUS_URL …) or flags"
        return Problem(f"{key} does not belong into a policy", where, hint)
    known = [name for name, _ in _fields(path[:-1])]
    close = difflib.get_close_matches(key, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return Problem(f"unknown key {key!r}", where, hint)


def _not_one_of(reading: Reading, path: Path, detail: Mapping[str, Any]) -> Problem:
    known = [part.strip("' ") for part in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(",")]
    close = difflib.get_close_matches(str(detail["input"]), known, 1)
    hint = f"did you mean {close[0]}?" if close else None
    message = f"{_dotted(path)}: {_shown(detail['input'])} is none of {', '.join(known)}"
    return Problem(message, reading.where(path), hint)


def _fields(path: Path) -> Iterator[tuple[str, Any]]:
    """The names (as written) and annotations of the model that `path` leads to."""
    model: Any = WrittenPolicy
    for part in path:
        fields = model.model_fields if _is_model(model) else {}
        named = fields.get(str(part))
        model = _model(named.annotation) if named is not None else model
    if _is_model(model):
        yield from ((field.alias or name, field.annotation) for name, field in model.model_fields.items())


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _model(annotation: Any) -> Any:
    """The (last) model inside an annotation: `dict[str, Check]` → Check."""
    if _is_model(annotation):
        return annotation
    found = [model for part in typing.get_args(annotation) if (model := _model(part)) is not None]
    return found[-1] if found else None


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        name = str(part) if str(part).isprintable() else ascii(part)
        text += f"[{part}]" if isinstance(part, int) else f".{name}" if text else name
    return text


def _shown(value: object) -> str:
    return repr(value)[:80] if isinstance(value, str) else str(value)[:80]
