"""`deskpulse import`: the history of somebody's own helpdesk, from a CSV or JSONL file."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from stream.broker.errors import BrokerUnavailable
from stream.broker.topics import ensure
from stream.cli.import_report import ImportReport, show_first_events, show_mappings
from stream.importer.importing import Importing
from stream.importer.rejects import Rejects, RejectsError
from stream.importer.rows import Source, SourceError
from stream.importer.sending import Sending
from stream.mapping.draft import JsonEvent
from stream.mapping.mapping_file import MappingError, in_zone, load
from stream.settings import Settings, load_settings
from stream.simulate.sink import FileSink, KafkaSink, Sink

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
FIRST_TICKETS, FIRST_EVENTS = 3, 6


def import_file(
    file: Annotated[
        Path | None, typer.Argument(help="CSV or JSONL export, plain or gzipped.", show_default=False)
    ] = None,
    *,
    mapping: Annotated[
        str | None, typer.Option(help="Name of a bundled mapping, or path of a .yaml file.", show_default=False)
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="Write events to this JSONL file, - for standard output.", show_default=False)
    ] = None,
    kafka: Annotated[bool, typer.Option("--kafka", help="Send events to Kafka; the default without --to.")] = False,
    zone: Annotated[
        str | None,
        typer.Option(help="IANA zone of times that carry none, in place of the mapping's.", show_default=False),
    ] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="Where refused rows are kept.", show_default="FILE.rejected.jsonl")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read this many rows, no more.", show_default=False)] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send and write nothing; show the first events and what would come.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if any row was refused.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report the result as one JSON object.")] = False,
    list_mappings: Annotated[bool, typer.Option("--list-mappings", help="List the bundled mappings.")] = False,
) -> None:
    """Import the history of your own helpdesk from an export, as a mapping describes it.

    Rows that cannot be imported are kept in a file with the reason. Importing a file twice changes nothing.

    Example: deskpulse import tickets.csv --mapping zendesk-tickets --zone Europe/Rome --dry-run
    """
    if list_mappings:
        show_mappings(Console(highlight=False), as_json=as_json)
        return
    if file is None or mapping is None:
        missing = "FILE" if file is None else "--mapping"
        raise typer.BadParameter(f"{missing} is missing; --list-mappings names what --mapping accepts")
    for one, other, both in (
        ("--to", "--kafka", to is not None and kafka),
        ("--to", "--dry-run", to is not None and dry_run),
        ("--kafka", "--dry-run", kafka and dry_run),
    ):
        if both:
            raise typer.BadParameter(f"{one} and {other} exclude each other; give one of them")
    kept = None if dry_run else rejected or file.with_name(f"{file.name}.rejected.jsonl")
    _no_place_twice(file, to, kept)
    console = Console(stderr=to == "-", highlight=False)
    with _errors_in_one_line(to or str(file)):
        loaded, settings = load(mapping), load_settings()
        if zone is not None:
            loaded = in_zone(loaded, zone)
        with Source(file, loaded) as source, Rejects(kept) as rejects:
            sink = None if dry_run else _kafka(settings) if to is None else FileSink(to)
            importing = Importing(source, loaded, rejects, settings.limits(), time.time_ns() // 1_000, limit_rows=limit)
            report, first = _import(importing, sink)
    if dry_run and not as_json:
        show_first_events(console, [event for events in first.values() for event in events])
    report.show(console, as_json=as_json)
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not report.tally.events or (strict and report.rejects.total):
        raise typer.Exit(FAILED)


def _kafka(settings: Settings) -> Sink:
    """Create the topics that are missing, and give the sink."""
    # What a client library has to say about a broker that is away, the error says in one line.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    sources = set(settings.source_topics().values())
    for result in asyncio.run(ensure(settings)):
        if result.topic in sources and not result.there:
            raise BrokerUnavailable(f"topic {result.topic}: {result.detail}")
    return KafkaSink(settings)


def _import(importing: Importing, sink: Sink | None) -> tuple[ImportReport, dict[str, list[JsonEvent]]]:
    """Run an import behind a progress bar; without a sink everything is done but sending."""
    begun = time.monotonic()
    first: dict[str, list[JsonEvent]] = {}
    interrupted, sent = False, 0
    sending: Sending | None = None
    with _progress() as progress:
        tasks: dict[str, TaskID] = {}

        def on_step(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step)
            progress.update(tasks[step], completed=done, total=total)

        importing.on_step = on_step
        try:
            if sink is None:
                for event in importing.events():
                    _keep_first(first, event)
            else:
                with Sending(sink) as sending:
                    sending.send(importing.events(), lambda sent: on_step("sending", sent, importing.tally.events))
        except KeyboardInterrupt:
            interrupted = True
        except BrokerUnavailable as error:
            arrived = f"; {sending.sent:,} events had arrived, importing again repeats none of them" if sending else ""
            raise BrokerUnavailable(f"{error}{arrived}") from error
    if sending is not None:
        sent = sending.sent
    place = None if sink is None else sink.name
    seconds = time.monotonic() - begun
    return ImportReport(importing.tally, importing.rejects, place, sent, seconds, interrupted), first


def _keep_first(first: dict[str, list[JsonEvent]], event: JsonEvent) -> None:
    """Keep the first events of the first tickets, or of surveys and customers without one."""
    key = event.get("ticket_id") or event.get("survey_id") or event.get("customer_id") or ""
    if key in first or len(first) < FIRST_TICKETS:
        events = first.setdefault(key, [])
        if len(events) < FIRST_EVENTS:
            events.append(event)


def _progress() -> Progress:
    """Make the bar: on a terminal alone, and on standard error, which events never go to."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _no_place_twice(file: Path, to: str | None, kept: Path | None) -> None:
    """Refuse to write over the export, or two outputs into one file."""
    places = {"FILE": file.resolve()}
    if to is not None and to != "-":
        places["--to"] = Path(to).resolve()
    if kept is not None:
        places["--rejected"] = kept.resolve()
    for name, place in places.items():
        other = next((o for o, p in places.items() if o != name and p == place), None)
        if other:
            raise typer.BadParameter(f"{other} and {name} are the same file, {place}; accepts two files")


@contextmanager
def _errors_in_one_line(place: str) -> Iterator[None]:
    try:
        yield
    except MappingError as error:
        raise _failed(str(error), MISUSED) from error
    except (SourceError, RejectsError, BrokerUnavailable) as error:
        raise _failed(str(error), FAILED) from error
    except sqlite3.Error as error:
        raise _failed(f"sorting in a temporary file: {error} (TMPDIR says where it lies)", FAILED) from error
    except BrokenPipeError as error:
        # Anyone who read standard output has enough; without this Python complains once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from error
    except OSError as error:
        raise _failed(f"{error.filename or place}: {error.strerror or error}", FAILED) from error


def _failed(message: str, status: int) -> typer.Exit:
    console = Console(stderr=True, highlight=False)
    console.print(Text.assemble(("import: ", "red"), message), soft_wrap=True)
    return typer.Exit(status)
