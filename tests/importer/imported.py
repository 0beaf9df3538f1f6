"""An import inside a test: texts in, events and refusals out."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from schemas.codec import Limits
from stream.importer.importing import Importing, Tally
from stream.importer.rejects import Rejects
from stream.importer.rows import Source
from stream.mapping.declared import Mapping
from stream.mapping.mapping_file import parse

NOW_US = 1_800_000_000_000_000  # 2027-01-15


@dataclass(frozen=True)
class Imported:
    """What an import came to."""

    events: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    tally: Tally

    @property
    def story(self) -> list[str]:
        """Each event in short: time, ticket and what happened, in the order in which they came."""
        return [f"{event['occurred_at']} {event.get('ticket_id', '-')} {what(event)}" for event in self.events]

    def of(self, ticket: str) -> list[str]:
        """What happened to a ticket, in order."""
        return [what(event) for event in self.events if event.get("ticket_id") == ticket]

    @property
    def refusals(self) -> list[tuple[int, str]]:
        """Line and reason of each refused row."""
        return [(record["line"], record["reason"]) for record in self.rejected]


@lru_cache(maxsize=16)
def _parsed(mapping: str) -> Mapping:
    return parse(mapping, "mapping.yaml")


def what(event: dict[str, Any]) -> str:
    """Say in a word what happened."""
    return str(event.get("status") or event["type"].removeprefix("ticket."))


def imported(
    mapping: str,
    content: str | bytes,
    name: str = "export.csv",
    *,
    limits: Limits | None = None,
    limit: int | None = None,
) -> Imported:
    """Import a file of this content under the mapping of this text."""
    loaded = _parsed(textwrap.dedent(mapping))
    with TemporaryDirectory() as folder:
        path, kept = Path(folder) / name, Path(folder) / "rejected.jsonl"
        path.write_bytes(textwrap.dedent(content).encode() if isinstance(content, str) else content)
        with Source(path, loaded) as source, Rejects(kept) as rejects:
            importing = Importing(source, loaded, rejects, limits or Limits(), NOW_US, limit_rows=limit)
            events = list(importing.events())
        records = [orjson.loads(line) for line in kept.read_bytes().splitlines()] if kept.exists() else []
    assert len(records) == rejects.total
    return Imported(events, records, importing.tally)
