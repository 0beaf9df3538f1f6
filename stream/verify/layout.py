"""The layout of a snapshot: its sections, and what makes a row of one."""

from collections.abc import Iterator, Mapping
from typing import Any

Report = Mapping[str, Any]
Row = dict[str, Any]
Leaves = dict[str, Any]

HEADER = ("version", "as_of", "variants", "windows", "tickets")
SECTIONS = ("first_response", "open_wait", "backlog", "nps")
KEYS = ("window", "attribute_to", "labels")
QUANTILES = ("p50_seconds", "p90_seconds", "p95_seconds", "p99_seconds")
# What two workers' numbers cannot be added up to.
NOT_ADDITIVE = (*QUANTILES, "mean_seconds", "score", "low", "high")


def identity(row: Mapping[str, Any]) -> tuple[str | None, str | None, tuple[tuple[str, str], ...]]:
    """What a row is about: its window, its attribution and its labels."""
    return row.get("window"), row.get("attribute_to"), tuple(sorted(row["labels"].items()))


def numbers(row: Mapping[str, Any]) -> Leaves:
    """The numbers of a row by their path, such as `n` and `le.30`."""
    return dict(leaves({name: value for name, value in row.items() if name not in KEYS}))


def leaves(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values within, with their paths."""
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield from leaves(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner
