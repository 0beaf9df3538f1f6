"""What `deskpulse import` tells its user: the result, the refused rows, the first events, the mappings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.importer.importing import Tally
from stream.importer.rejects import Rejects
from stream.mapping.draft import JsonEvent
from stream.mapping.mapping_file import bundled, bundled_folder, load

_SHOWN_ELSEWHERE = ("type", "version", "event_id", "occurred_at", "ticket_id", "status")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import. `place` is where events went, None if they went nowhere; `sent` arrived there."""

    tally: Tally
    rejects: Rejects
    place: str | None
    sent: int
    seconds: float
    interrupted: bool

    def show(self, console: Console, *, as_json: bool) -> None:
        """Print the result; for people what was refused comes first and the counts are the last line."""
        if as_json:
            console.print(orjson.dumps(self._record()).decode(), markup=False, soft_wrap=True)
            return
        for cause, n in self.rejects.causes.most_common():
            for example in self.rejects.examples[cause]:
                console.print(Text(f"rejected {n:,} for {cause.value}, such as {example}"), soft_wrap=True)
        if self.rejects.total and self.rejects.path:
            console.print(Text(f"rejected rows are kept in {self.rejects.path}"), soft_wrap=True)
        if self.tally.repeated_hour:
            text = f"{self.tally.repeated_hour:,} times lie in an hour that came twice (time.repeated_hour)"
            console.print(text, soft_wrap=True)
        if self.tally.skipped_hour:
            text = f"{self.tally.skipped_hour:,} times lie in an hour that clocks skipped (time.skipped_hour)"
            console.print(text, soft_wrap=True)
        kinds = ", ".join(f"{kind.replace('_', '.')} {n:,}" for kind, n in self.tally.kinds.most_common())
        if kinds:
            console.print(Text(f"events: {kinds}"), soft_wrap=True)
        console.print(Text(self._last_line()), soft_wrap=True)

    def _last_line(self) -> str:
        tally = self.tally
        counts = f"{tally.rows:,} rows read, {self.rejects.total:,} rejected, {tally.skipped:,} skipped"
        events = f"{tally.events:,} events of {tally.tickets:,} opened tickets"
        if self.interrupted:
            sent = f"{self.sent:,} events sent to {self.place}" if self.place else "nothing sent"
            return f"interrupted: {counts}; {sent}; importing again repeats none of them"
        if not tally.events:
            return f"nothing imported: {counts}"
        if self.place is None:
            return f"dry run: {counts}; {events} would be sent; {self.seconds:.1f} s"
        return f"imported: {counts}; {events} sent to {self.place}; {self.seconds:.1f} s"

    def _record(self) -> dict[str, object]:
        tally = self.tally
        return {
            "rows": tally.rows,
            "rejected": self.rejects.total,
            "rejected_by": {cause.value: n for cause, n in self.rejects.causes.items()},
            "rejects_file": str(self.rejects.path) if self.rejects.path and self.rejects.total else None,
            "skipped": tally.skipped,
            "events": tally.events,
            "events_by": dict(tally.kinds),
            "sent": self.sent,
            "sent_to": self.place,
            "repeated_hour": tally.repeated_hour,
            "skipped_hour": tally.skipped_hour,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
        }


def show_first_events(console: Console, events: Sequence[JsonEvent]) -> None:
    """Print events as a table."""
    table = Table("time (UTC)", "ticket", "event", "with", title="first events", title_justify="left")
    for event in events:
        rest = {name: value for name, value in event.items() if name not in _SHOWN_ELSEWHERE}
        cells = (
            event["occurred_at"],
            event.get("ticket_id", ""),
            event.get("status", event["type"]),
            ", ".join(f"{name} {value}" for name, value in rest.items()),
        )
        table.add_row(*(Text(str(cell)) for cell in cells))
    console.print(table)


def show_mappings(console: Console, *, as_json: bool) -> None:
    """Print the bundled mappings with what each is for."""
    titles = {name: load(name).title for name in bundled()}
    if as_json:
        console.print(orjson.dumps(titles).decode(), markup=False, soft_wrap=True)
        return
    width = max(map(len, titles))
    for name, title in titles.items():
        console.print(Text(f"{name:<{width}}  {title}"), soft_wrap=True)
    console.print(Text(f"To change one, copy it from {bundled_folder()}"), soft_wrap=True)
