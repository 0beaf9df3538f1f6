"""The layout of a snapshot: its sections, and what makes a row of one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from stream.verify.registry import SECTIONS
from stream.verify.section import Row

Report = Mapping[str, Any]
Leaves = dict[str, Any]

HEADER = ("version", "as_of", "variants", "policy", "windows", "tickets", "invariant")
# Keys of which nobody knows beforehand what values they take: rows are there for those that were found.
OPEN_KEYS = frozenset({"channel", "touchpoint", "value"})


class Identity(NamedTuple):
    """What a row is about: its window, its other keys and its labels."""

    window: str | None
    keys: tuple[Any, ...]
    labels: tuple[tuple[str, str], ...]


def identity(section: str, row: Mapping[str, Any]) -> Identity:
    """What a row of the section is about."""
    keys = tuple(row.get(key) for key in SECTIONS[section].keys if key != "window")
    return Identity(row.get("window"), keys, tuple(sorted(row["labels"].items())))


def named_keys(section: str, about: Identity) -> Row:
    """The keys of a row by their names, without its window."""
    names = (key for key in SECTIONS[section].keys if key != "window")
    return dict(zip(names, about.keys, strict=True))


def numbers(section: str, row: Mapping[str, Any]) -> Leaves:
    """The numbers of a row by their path, such as `n` and `le.30`."""
    keys = (*SECTIONS[section].keys, "window", "labels")
    return dict(leaves({name: value for name, value in row.items() if name not in keys}))


def leaves(value: Mapping[str, Any] | Sequence[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values within, with their paths; the places of a list count from 0."""
    inside = value.items() if isinstance(value, Mapping) else enumerate(value)
    for name, inner in inside:
        if isinstance(inner, Mapping | list | tuple):
            yield from leaves(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner
