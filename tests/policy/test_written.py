"""written: the form of a policy, strict everywhere."""

from __future__ import annotations

import inspect

import pytest
from pydantic import ValidationError

from promoter.policy import written


def test_every_part_of_a_policy_refuses_unknown_keys_and_coercion() -> None:
    models = [m for _, m in inspect.getmembers(written, inspect.isclass) if issubclass(m, written.Written)]
    assert len(models) > 10
    for model in models:
        assert model.model_config["extra"] == "forbid"
        assert model.model_config["strict"] is True


@pytest.mark.parametrize(
    "file", ["/a", "a/../b", "a//b", ".git/x", "a/.GIT/x", ".github/x", "a\\b", "a\x00b", "", 5]
)
def test_a_path_that_leaves_the_repository_is_refused(file: object) -> None:
    with pytest.raises(ValidationError):
        written.Workload.model_validate({"file": file, "kind": "Deployment", "name": "x"})


def test_a_path_inside_is_taken_as_it_is() -> None:
    given = {"file": "a/b-c.yaml", "kind": "Deployment", "name": "x"}
    assert written.Workload.model_validate(given).file == "a/b-c.yaml"


@pytest.mark.parametrize("limit", ["inf", "nan"])
def test_a_limit_is_finite(limit: str) -> None:
    with pytest.raises(ValidationError):
        written.Check.model_validate({"at_least": float(limit)})
