"""In what two documents differ, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

ABSENT = "nothing"


def changed(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield `path old -> new` for each value that differs between two documents."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            where = f"{path}.{name}" if path else str(name)
            yield from changed(old.get(name, ABSENT), new.get(name, ABSENT), where)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from changed(before, after, f"{path}[{i}]")
    elif old != new:
        yield f"{path} {_short(old)} -> {_short(new)}"


def _short(value: Any) -> str:
    if value is ABSENT:
        return str(value)
    if isinstance(value, list) and len(value) > 3:
        return f"{len(value)} entries"
    text = str(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), "utf-8")
    return text if len(text) <= 60 else text[:57] + "..."
