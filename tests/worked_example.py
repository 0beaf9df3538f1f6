"""Worked examples as docs/metrics writes them: what happened, and what the numbers come to at an instant.

    09:00  ticket.opened     A  channel=chat
    09:02  ticket.responded  A  author=agent
    10:00  now
    first_response  window=1h attribute_to=response  ->  n=1 mean_seconds=120

An event is its time (UTC, of 2 March 2026 where no date stands), type, id and fields; a ticket.status has its status
in front of these. `now` is followed by rows of the snapshot: a section, what picks the row, and some of its values. A
number is as exact as it is written, a quantile as the buckets are. `policy` lines are a policy file, `setting` lines
are settings; both hold from there on.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from stream import policy_file
from stream.core.windows import SECOND_US
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from stream.settings import Settings
from tests.events import decoded

Row = dict[str, Any]

_TIMED = re.compile(r"(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s+(.*)")
_IDS = {"ticket": "ticket_id", "survey": "survey_id", "customer": "customer_id"}
QUANTILES = 0.012


@dataclass
class WorkedExample:
    """What is known while an example is read, line by line."""

    events: list[Row] = field(default_factory=list)
    policy: str = ""
    settings: Row = field(default_factory=dict)
    now_us: int | None = None
    checked: int = 0

    def read(self, text: str) -> int:
        """Read an example, and check what it claims; returns how many rows that were."""
        for line in text.splitlines():
            words = line.partition("#")[0].strip()
            if words:
                try:
                    self._line(words)
                except AssertionError as wrong:
                    raise AssertionError(f"{line.strip()}\n{wrong}") from wrong
        return self.checked

    def _line(self, line: str) -> None:
        if timed := _TIMED.fullmatch(line):
            date, clock, what = timed.groups()
            at = datetime.fromisoformat(f"{date or '2026-03-02'}T{clock}").replace(tzinfo=UTC)
            if what == "now":
                self.now_us = int(at.timestamp()) * SECOND_US
            else:
                self.events.append(self._event(at, what))
        elif line.startswith("policy "):
            self.policy += line.removeprefix("policy ").strip() + "\n"
        elif line.startswith("setting "):
            self.settings |= _fields(line.removeprefix("setting "))
        else:
            self._check(*line.split("->"))

    def _event(self, at: datetime, what: str) -> Row:
        kind, name, *fields = shlex.split(what)
        values: Row = {"type": kind, "version": 1, "event_id": f"{len(self.events):04}", "occurred_at": at.isoformat()}
        values[_IDS[kind.partition(".")[0]]] = name
        if kind == "ticket.status":
            values["status"] = fields.pop(0)
        return values | _fields(shlex.join(fields))

    def _check(self, where: str, claimed: str) -> None:
        section, _, picks = where.strip().partition(" ")
        row = _row(self.rows(section), _fields(picks))
        for path, value in _fields(claimed).items():
            name, _, inner = path.partition(".")
            got = row[name][inner] if inner else row[name]
            if isinstance(value, int | float) and isinstance(got, float):
                written = str(value)
                digits = len(written.partition(".")[2]) if isinstance(value, float) else 0
                close = QUANTILES * value if re.match(r"p\d\d_", name) else 0.500001 * 10**-digits
                assert got == pytest.approx(value, abs=close), f"{path} is {got}"
            else:
                assert got == value, f"{path} is {got}"
        self.checked += 1

    def rows(self, section: str) -> list[Row]:
        """Return the rows of a section at now; `alerts` are those that are due by then."""
        assert self.now_us is not None, "no instant yet"
        policy = replace(
            Settings(partitions=1, **self.settings).policy(),
            definitions=policy_file.parse(f"version: 1\n{self.policy}", "policy"),
        )
        partition = Partition(0, Books(policy))
        partition.apply("t", decoded(*self.events), self.now_us)
        partition.advance(self.now_us)
        if section == "alerts":
            return _alerts(partition, self.now_us)
        found = report(partition.snapshot(), policy)[section]
        return found if isinstance(found, list) else [found | {"labels": {}}]


def _alerts(partition: Partition, now_us: int) -> list[Row]:
    return [
        {"type": alert.kind, "labels": {}, "ticket_id": alert.ticket_id, "at": _clock(alert.at_us), **alert.details}
        for alert in partition.due_alerts(now_us, 100)
    ]


def _clock(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us / SECOND_US, UTC):%Y-%m-%d %H:%M:%S}"


def _row(rows: list[Row], picks: Row) -> Row:
    found = [
        row
        for row in rows
        if all((row[name] if name in row else row["labels"].get(name)) == value for name, value in picks.items())
        and row["labels"].keys() <= picks.keys()
    ]
    assert len(found) == 1, f"{len(found)} rows"
    return found[0]


def _fields(text: str) -> Row:
    pairs = (word.rpartition("=") for word in shlex.split(text))
    return {name: _value(value) for name, _, value in pairs}


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
