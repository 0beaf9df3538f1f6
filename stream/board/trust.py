"""What is left of a tile whose numbers are not fed: nothing may look well of which nobody knows."""

from __future__ import annotations

from typing import Any

from stream.core.feed import Feed

Says = dict[str, Any]

# "quiet" and "behind": what is overdue stays so, but that all is well cannot be said.
_UNJUDGED: dict[Feed, frozenset[str]] = {
    "quiet": frozenset({"good"}),
    "behind": frozenset({"good"}),
    "dead": frozenset({"good", "warn", "bad"}),
}


def trusted(says: Says, feed: Feed) -> Says:
    """Return what a tile may say: without a value before the first event, without judgement if no events arrive."""
    if feed == "never":
        nothing = dict.fromkeys(("value", "n", "low", "high", "parts"))
        empty: list[Says] | None = None if says["rows"] is None else []
        return says | nothing | {"level": "unknown", "why": "no_event", "rows": empty, "more": 0}
    unjudged = _UNJUDGED.get(feed)
    if unjudged is None:
        return says
    rows = says["rows"]
    told = _without(says, unjudged)
    return told if rows is None else told | {"rows": [_without(row, unjudged) for row in rows]}


def _without(says: Says, levels: frozenset[str]) -> Says:
    return says | {"level": "neutral"} if says["level"] in levels else says
