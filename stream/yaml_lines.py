"""YAML files that people write: read with their lines, so that what is wrong in one is said where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Where something stands: keys, and the indices (from 0) of what is in a list."""


# Of a key in a message, and how many mistakes are listed.
_SHOWN = 80
_LISTED = 100
# What people write is far below these bounds, and what is beyond them is refused within a second: a file may be small,
# and stand for billions of values through its aliases.
LARGEST_BYTES = 256 * 1024
DEEPEST = 32
MOST_VALUES = 10_000


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
        return _listed(
            [f"{self.name}:{line}: {where + ': ' if where else ''}{message}" for line, where, message in lines]
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

    hint is said where a question mark made it unreadable. Raises WrongYamlError for what is not YAML, for keys that
    are there twice, and for what is too large, nested too deeply, or stands for too many values.
    """
    if len(text) > LARGEST_BYTES:
        raise WrongYamlError(f"{name}:{text.count(chr(10), 0, LARGEST_BYTES) + 1}: {_TOO_LARGE}")
    try:
        loader = _Bounded(text)
        root = loader.get_single_node()
        content = None if root is None else loader.construct_document(root)
    except _OutOfBoundsError as error:
        raise WrongYamlError(f"{name}:{error}") from error
    except yaml.reader.ReaderError as error:
        line, character = text.count("\n", 0, error.position) + 1, f"U+{error.character:04X}"
        raise WrongYamlError(f"{name}:{line}: got the character {character}; accepts printable ones") from error
    except yaml.YAMLError as error:
        raise WrongYamlError(_yaml_problem(name, error, hint)) from error
    if repeated := list(_repeated_keys(root, name, set())):
        raise WrongYamlError(_listed(repeated))
    return YamlLines(name, content, root)


_TOO_LARGE = f"the file goes on behind its first {LARGEST_BYTES:,} bytes; accepts no larger one"


class _OutOfBoundsError(Exception):
    """A file that is beyond the bounds; the text has the line and why."""


class _Bounded(yaml.BaseLoader):
    """Makes texts, lists and dicts, and stops at the line in which a bound is passed.

    An alias is counted as all that it stands for, as it is read by what takes the values on.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._extents: dict[int, tuple[int, int]] = {}  # of each node by its id: levels and values

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # types-PyYAML has none for it
        line = event.start_mark.line + 1
        self._depth += 1
        node = super().compose_node(parent, index) if self._depth <= DEEPEST else None
        if node is None:
            raise _OutOfBoundsError(f"{line}: is nested more than {DEEPEST} levels deep; unfold it")
        self._depth -= 1
        if not isinstance(event, yaml.AliasEvent):
            parts = [self._extents[id(part)] for part in _parts(node)]
            levels = 1 + max((levels for levels, _ in parts), default=0)
            self._extents[id(node)] = levels, 1 + sum(values for _, values in parts)
        elif id(node) not in self._extents:
            raise _OutOfBoundsError(
                f"{line}: the alias *{str(event.anchor)[:_SHOWN]} stands for a part that contains it"
            )
        levels, values = self._extents[id(node)]
        if levels > DEEPEST:
            raise _OutOfBoundsError(f"{line}: is nested more than {DEEPEST} levels deep through its aliases; unfold it")
        if values > MOST_VALUES or len(self._extents) > MOST_VALUES:
            raise _OutOfBoundsError(
                f"{line}: stands for more than {MOST_VALUES:,} values, each alias counted as what it stands for"
            )
        return node


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _listed(lines: list[str]) -> str:
    more = len(lines) - _LISTED
    return "\n".join([*lines[:_LISTED], f"and {more:,} more mistakes"] if more > 0 else lines)


def read_text(path: Path | str) -> str:
    """Return the text of a file; raises WrongYamlError if it cannot be read or is not UTF-8."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise WrongYamlError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_BYTES:
        raise WrongYamlError(f"{path}:{len(content.splitlines())}: {_TOO_LARGE}")
    try:
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
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


def _yaml_problem(name: str, error: yaml.YAMLError, hint: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    advice = hint if "got '?'" in problem else ""
    return f"{name}{line}: is not YAML: {problem}{advice}"
