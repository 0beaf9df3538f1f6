"""Mapping files: the bundled ones by name, anybody's by path, and errors that name the line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stream.importer.mapping import MAPPING, Attribute, EventLog, Mapping, TicketTable
from stream.importer.mapping_check import Place, problems
from stream.importer.moment import TimeReading
from stream.importer.values import CellTest, shown

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
    return resources.files("stream.importer") / "mappings"


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
        path = Path(name_or_path)
        try:
            return parse(path.read_text("utf-8"), name_or_path)
        except OSError as error:
            raise MappingError(f"{name_or_path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise MappingError(f"{name_or_path}: is not UTF-8 text: {error.reason} at byte {error.start}") from error
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
        # BaseLoader leaves every scalar a text: no `No` that becomes false, no 1.10 that becomes 1.1.
        root = yaml.compose(text, Loader=yaml.BaseLoader)
        given = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes texts, lists and dicts only
    except yaml.YAMLError as error:
        raise MappingError(_yaml_problem(name, error)) from error
    if not isinstance(root, yaml.MappingNode):
        raise MappingError(f"{name}:1: accepts a YAML mapping that begins with version: 1")
    repeated = list(_repeated_keys(root, name))
    if repeated:
        raise MappingError("\n".join(repeated))
    try:
        mapping = MAPPING.validate_python(given)
    except ValidationError as failure:
        found = [_shape_problem(error) for error in failure.errors(include_url=False) if not _follows(error)]
        raise MappingError(_report(found, root, name)) from failure
    found = [(problem.place, problem.message) for problem in problems(mapping)]
    if found:
        raise MappingError(_report(found, root, name))
    return mapping


def _report(found: list[tuple[Place, str]], root: yaml.Node, name: str) -> str:
    lines = sorted({(*_locate(place, root), message) for place, message in found})
    return "\n".join(f"{name}:{line}: {where + ': ' if where else ''}{message}" for line, where, message in lines)


def _locate(place: Place, root: yaml.Node) -> tuple[int, str]:
    """Walk down as far as the file goes: the line, and the path of what is meant."""
    node, line, where = root, root.start_mark.line + 1, ""
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line, where = node.start_mark.line + 1, f"{where}[{part + 1}]"
        elif isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            where = f"{where}.{part}".lstrip(".")
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
    return line, where


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


def _repeated_keys(node: yaml.Node, name: str) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                yield f"{name}:{line}: {key.value}: is there twice (first in line {seen[key.value]}); keep one"
            seen.setdefault(str(key.value), line)
            yield from _repeated_keys(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value, name)


def _yaml_problem(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or str(error)
    hint = " (inside { } a column such as Name? stands in quotes)" if "got '?'" in problem else ""
    return f"{name}{line}: is not YAML: {problem}{hint}"


def _show(got: object) -> str:
    return shown(got) if isinstance(got, str) else shown(str(got))
