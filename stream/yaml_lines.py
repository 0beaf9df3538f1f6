"""YAML files that people write: read with their lines, so that what is wrong in one is said where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Where something stands: keys, and the indices (from 0) of what is in a list."""


# Of a key in a message.
_SHOWN = 80


class WrongYamlError(ValueError):
    """A file that cannot be read as YAML; the text has a line for each thing that is wrong."""


@dataclass(frozen=True, slots=True)
class YamlLines:
    """The content of a YAML file in texts, lists and dicts, and where each part of it stands.

    name is put before line numbers. root is None for a file without content.
    """

    name: str
    content: Any
    root: yaml.Node | None

    @property
    def has_keys(self) -> bool:
        """Say whether the file consists of keys with values."""
        return isinstance(self.root, yaml.MappingNode)

    def report(self, problems: Iterable[tuple[Place, str]]) -> str:
        """Return a line for each problem, `file:line: path: message`, each once and in the order of the file."""
        lines = sorted({(*self._locate(place), message) for place, message in problems})
        return "\n".join(
            f"{self.name}:{line}: {where + ': ' if where else ''}{message}" for line, where, message in lines
        )

    def _locate(self, place: Place) -> tuple[int, str]:
        """Walk down as far as the file goes: the line, and the path of what is meant."""
        if self.root is None:
            return 1, ""
        line, where = self.root.start_mark.line + 1, ""
        node: yaml.Node | None = self.root
        for part in place:
            if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line, where = node.start_mark.line + 1, f"{where}[{part + 1}]"
            elif isinstance(part, str) and (node is None or isinstance(node, yaml.MappingNode)):
                pair = next((pair for pair in node.value if pair[0].value == part), None) if node else None
                where = f"{where}.{_shown(part)}".lstrip(".")
                node = None  # what a file leaves out has a path too, and the line of what it would stand in
                if pair is not None:
                    line, node = pair[0].start_mark.line + 1, pair[1]
        return line, where


def read_yaml(text: str, name: str, hint: str = "") -> YamlLines:
    """Read a YAML text; every scalar stays a text: no `No` that becomes false, no 1.10 that becomes 1.1.

    hint is said where a question mark made it unreadable. Raises WrongYamlError for what is not YAML, and for keys
    that are there twice.
    """
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes texts, lists and dicts only
    except yaml.reader.ReaderError as error:
        line, character = text.count("\n", 0, error.position) + 1, f"U+{error.character:04X}"
        raise WrongYamlError(f"{name}:{line}: got the character {character}; accepts printable ones") from error
    except yaml.YAMLError as error:
        raise WrongYamlError(_yaml_problem(name, error, hint)) from error
    except RecursionError as error:
        raise WrongYamlError(f"{name}:{_deepest_line(text)}: is nested too deeply to be read; unfold it") from error
    if repeated := list(_repeated_keys(root, name, set())):
        raise WrongYamlError("\n".join(repeated))
    return YamlLines(name, content, root)


def read_text(path: Path) -> str:
    """Return the text of a file; raises WrongYamlError if it cannot be read or is not UTF-8."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise WrongYamlError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line, byte = error.object.count(b"\n", 0, error.start) + 1, error.object[error.start]
        raise WrongYamlError(f"{path}:{line}: is not UTF-8 text: got the byte {byte:#04x}; save it as UTF-8") from error


def _repeated_keys(node: yaml.Node | None, name: str, looked_at: set[int]) -> Iterator[str]:
    if id(node) in looked_at:
        return  # an alias, which may even contain itself
    looked_at.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                yield f"{name}:{line}: {_shown(key.value)}: is there twice (first in line {seen[key.value]}); keep one"
            seen.setdefault(str(key.value), line)
            yield from _repeated_keys(value, name, looked_at)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value, name, looked_at)


def _shown(key: str) -> str:
    """Return a key as a message names it: on one line, with nothing that a terminal would act on."""
    return (key if key.isprintable() else repr(key))[:_SHOWN]


def _deepest_line(text: str) -> int:
    depth, deepest, line = 0, 0, 1
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > deepest and event.start_mark is not None:
                deepest, line = depth, event.start_mark.line + 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return line


def _yaml_problem(name: str, error: yaml.YAMLError, hint: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    advice = hint if "got '?'" in problem else ""
    return f"{name}{line}: is not YAML: {problem}{advice}"
