"""Reading a policy file: from YAML to definitions, or to a line for each thing that is wrong."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stream.core.definitions import Definitions
from stream.policy_file.meaning import definitions, problems
from stream.policy_file.scalars import got, near
from stream.policy_file.shape import Part, PolicyPart, keys_of, part_at
from stream.yaml_lines import Place, WrongYamlError, YamlLines, read_text, read_yaml

Shape = TypeVar("Shape", bound=Part)

_ACCEPTED = {"dict_type": "keys with values", "model_type": "keys with values", "tuple_type": "a list"}


class WrongPolicyError(ValueError):
    """A policy file that cannot be used; the text has a line for each thing that is wrong."""


def default_text() -> str:
    """Return the annotated file that states the definitions which serve without a file."""
    return (resources.files("stream.policy_file") / "default.yaml").read_text("utf-8")


def load(path: Path) -> Definitions:
    """Read a policy file; raises WrongPolicyError if it cannot be read or used."""
    try:
        text = read_text(path)
    except WrongYamlError as error:
        raise WrongPolicyError(str(error)) from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Definitions:
    """Read definitions from YAML text; `name` stands before the line in errors. Raises WrongPolicyError.

    Keys without a value are as if left out, and a file without any states the definitions that serve without one.
    """
    try:
        lines = read_yaml(text, name)
    except WrongYamlError as error:
        raise WrongPolicyError(str(error)) from error
    if lines.root is not None and not lines.has_keys:
        raise WrongPolicyError(f"{name}:1: accepts keys with values, such as at_risk_percent: 20")
    policy = shaped(lines, PolicyPart, WrongPolicyError)
    if wrong := list(problems(policy)):
        raise WrongPolicyError(lines.report(wrong))
    return definitions(policy)


def shaped(lines: YamlLines, root: type[Shape], wrong: type[ValueError]) -> Shape:
    """Return the content of a file as what the whole of it is; raises `wrong` with a line for each mistake."""
    try:
        return root.model_validate(_filled(lines.content or {}))
    except ValidationError as failure:
        found = [_problem(error, root) for error in failure.errors(include_url=False)]
        raise wrong(lines.report(found)) from failure


def _filled(content: Any) -> Any:
    """Leave out keys without a value: they stay behind where all below them is a comment."""
    if isinstance(content, dict):
        return {key: _filled(value) for key, value in content.items() if value != ""}
    return [_filled(item) for item in content] if isinstance(content, list) else content


def _accepted(part: type[Part], key: str) -> str:
    """Return what a key accepts, as its reader says it of nothing."""
    try:
        part.model_validate({key: None})
    except ValidationError as failure:
        of_key = (error for error in failure.errors(include_url=False) if error["loc"][0] == key)
        return next(_problem(error, part)[1] for error in of_key).partition("accepts ")[2]
    raise AssertionError(f"{key} accepts nothing")  # so it would be there, and not be missed


def _problem(error: ErrorDetails, root: type[Part]) -> tuple[Place, str]:
    place = tuple(part for part in error["loc"] if part != "[key]")  # which pydantic puts behind a bad key of a dict
    kind, value = error["type"], error["input"]
    if kind == "missing":
        return place, f"is missing; accepts {_accepted(part_at(place[:-1], root), str(place[-1]))}"
    if kind == "value_error":
        return place, str(error["ctx"]["error"])
    if kind == "extra_forbidden":
        accepts = keys_of(part_at(place[:-1], root))
        return place, f"is no key here{near(str(place[-1]), accepts)}; accepts {', '.join(accepts)}"
    return place, f"got {got(value)}; accepts {_ACCEPTED.get(kind, error['msg'])}"
