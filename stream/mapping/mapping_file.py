"""Mapping files: the bundled ones by name, anybody's by path, and errors that name the line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stream.mapping.declared import MAPPING, Attribute, EventLog, Mapping, TicketTable
from stream.mapping.mapping_check import problems
from stream.mapping.moment import TimeReading
from stream.mapping.values import CellTest, shown
from stream.yaml_lines import Place, WrongYamlError, read_text, read_yaml

_SUFFIXES = (".yaml", ".yml")
_ACCEPTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "a text",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "list_type": "a list",
    "tuple_type": "a list",
    "too_short": "a list with something in it",
}


class MappingError(Exception):
    """A mapping that cannot be used; the text has a line for each thing that is wrong."""


def bundled_folder() -> Traversable:
    """Return where the mappings lie that come with Deskpulse."""
    return resources.files("stream.mapping") / "mappings"


def bundled() -> dict[str, Traversable]:
    """Return the mappings that come with Deskpulse, by name."""
    items = bundled_folder().iterdir()
    found = {item.name.removesuffix(".yaml"): item for item in items if item.name.endswith(".yaml")}
    return dict(sorted(found.items()))


def load(name_or_path: str) -> Mapping:
    """Load a bundled mapping by its name, or a file by its path; MappingError if it cannot be used.

    A name with a slash in it or .yaml behind it is a path, so a file never hides a bundled mapping.
    """
    if "/" in name_or_path or "\\" in name_or_path or name_or_path.endswith(_SUFFIXES):
        try:
            return parse(read_text(name_or_path), name_or_path)
        except WrongYamlError as error:
            raise MappingError(str(error)) from error
    mappings = bundled()
    if name_or_path not in mappings:
        raise MappingError(
            f"--mapping: got {name_or_path!r}; accepts {', '.join(mappings)}, or the path of a .yaml file"
        )
    return parse(mappings[name_or_path].read_text("utf-8"), f"{name_or_path}.yaml")


def in_zone(mapping: Mapping, zone: str) -> Mapping:
    """Return the mapping with another zone for times that carry none; MappingError if there is no such zone."""
    try:
        time = TimeReading.model_validate({**mapping.time.model_dump(), "zone": zone})
    except ValidationError as failure:
        raise MappingError(f"--zone: {failure.errors(include_url=False)[0]['ctx']['error']}") from failure
    return mapping.model_copy(update={"time": time})


def parse(text: str, name: str) -> Mapping:
    """Read a mapping from YAML text; `name` stands before the line in errors."""
    try:
        lines = read_yaml(text, name, hint=" (inside { } a column such as Name? stands in quotes)")
    except WrongYamlError as error:
        raise MappingError(str(error)) from error
    if not lines.has_keys:
        raise MappingError(f"{name}:1: accepts a YAML mapping that begins with version: 1")
    try:
        mapping = MAPPING.validate_python(lines.content)
    except ValidationError as failure:
        found = [_shape_problem(error) for error in failure.errors(include_url=False) if not _follows(error)]
        raise MappingError(lines.report(found)) from failure
    found = [(problem.place, problem.message) for problem in problems(mapping)]
    if found:
        raise MappingError(lines.report(found))
    return mapping


def _follows(error: ErrorDetails) -> bool:
    """Say whether an error only follows from others: a list is "too short" once its bad entries are left out."""
    return error["type"] == "too_short" and bool(error["input"])


def _shape_problem(error: ErrorDetails) -> tuple[Place, str]:
    # The union of the two shapes puts its tag in front of every place; "[key]" stands behind a bad dict key.
    place = tuple(part for part in error["loc"][1:] if part != "[key]")
    kind, got = error["type"], error["input"]
    context: dict[str, Any] = error.get("ctx") or {}
    if kind == "missing":
        return place, "is missing"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return ("rows",), f"got {_show(got.get('rows') if isinstance(got, dict) else got)}; accepts events or tickets"
    if kind == "extra_forbidden" or (kind == "literal_error" and error["loc"][-1] == "[key]"):
        accepts = list(get_args(Attribute)) if kind == "literal_error" else _keys_at(error["loc"])
        near = difflib.get_close_matches(str(place[-1]), accepts, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return place, f"is no key here{hint}; accepts {', '.join(accepts)}"
    if kind == "literal_error":
        return place, f"got {_show(got)}; accepts {context['expected'].replace(chr(39), '')}"
    if kind == "value_error":
        return place, str(context["error"])
    return place, f"got {_show(got)}; accepts {_ACCEPTED.get(kind, error['msg'])}"


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """Return the keys that a part of a mapping accepts, by walking the models along the place of an error."""
    model: Any = TicketTable if place[0] == "tickets" else EventLog
    for part in place[1:-1]:
        model = _model_below(model, part)
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_below(model: Any, part: int | str) -> Any:
    if isinstance(part, int) or not hasattr(model, "model_fields"):
        return model
    for name, field in model.model_fields.items():
        if part == (field.alias or name):
            found = [inner for inner in _models_in(field.annotation) if hasattr(inner, "model_fields")]
            return found[0] if found else model
    return model  # a key of the user's own, such as a column or an attribute: the model is that of its value


def _models_in(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        # A condition is a dict by column: what stands below it is the test of a cell.
        yield CellTest if "root" in annotation.model_fields else annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def _show(got: object) -> str:
    return shown(got) if isinstance(got, str) else shown(str(got))
