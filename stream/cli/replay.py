"""`deskpulse replay`: the numbers of event files, without a broker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.fields import instant_us
from stream.cli.policy import read as read_policy
from stream.cli.steps import steps
from stream.core.windows import ALL
from stream.replay import Replay
from stream.replay import replay as replay_files
from stream.settings import load_settings

MISUSED = 2
_SHOWN_REJECTS = 10
_SHOWN_FILES = 5
_HOUR, _DAY = 3_600, 86_400


def replay(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Event files, JSONL or .gz.")
    ],
    as_of: Annotated[
        str | None,
        typer.Option(help="Look at this instant (RFC 3339 with a zone); default: the newest event."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Use this policy file.", show_default="the one that the settings name"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the whole snapshot as JSON.")] = False,
) -> None:
    """Compute the numbers of event files, in any order and with any duplicates.

    The definitions are those of the settings, as for a worker; with --policy those of another policy file, to see
    what the numbers would have been.

    Example: deskpulse replay events.jsonl --as-of 2026-03-02T09:00:00Z
    """
    if policy is not None:
        read_policy(policy)  # says what is wrong in it under its own name, not as a setting
    settings = load_settings() if policy is None else load_settings(policy_file=policy)
    as_of_us = parse_instant(as_of, "--as-of")
    with steps("reading the files", "no number was printed") as on_step:
        result = replay_files(files, settings, as_of_us, on_step)
    errors = Console(stderr=True)
    if len(result.eventless) == len(files):
        _say_rejected(errors, result)
        errors.print(
            f"[red]error[/] {escape(without_events(files, len(result.rejected)))}", highlight=False, soft_wrap=True
        )
        raise typer.Exit(MISUSED)
    if json:
        typer.echo(orjson.dumps(result.snapshot, option=orjson.OPT_INDENT_2))
    else:
        _print(result)
    _say_rejected(errors, result)
    for text in result.misunderstood.lines():
        errors.print(text, highlight=False, markup=False, soft_wrap=True)
    for path in result.eventless:
        errors.print(f"{path}: not one event in it", highlight=False, markup=False, soft_wrap=True)


def without_events(files: Sequence[Path], refused: int) -> str:
    """Say that there is nothing to compute."""
    names = ", ".join(str(path) for path in files[:_SHOWN_FILES])
    more = f" and {len(files) - _SHOWN_FILES:,} more files" if len(files) > _SHOWN_FILES else ""
    empty = "they are empty" if len(files) > 1 else "it is empty"
    why = f"{refused:,} lines are no event" if refused else empty
    return f"not one event in {names}{more}: {why}; accepts one JSON object a line, see docs/events.md"


def _say_rejected(errors: Console, result: Replay) -> None:
    for line in result.rejected[:_SHOWN_REJECTS]:
        errors.print(
            f"{line.file}:{line.line}: {line.rejected.reason}: {line.rejected.detail}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if len(result.rejected) > _SHOWN_REJECTS:
        errors.print(f"and {len(result.rejected) - _SHOWN_REJECTS:,} more lines that are no event")


def parse_instant(text: str | None, option: str) -> int | None:
    """Return the microseconds of an RFC 3339 text; raises a usage error that names the option otherwise."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"got {text!r}; accepts RFC 3339 such as 2026-03-02T09:00:00Z", param_hint=option
        ) from error
    if at.tzinfo is None:
        raise typer.BadParameter(f"got {text!r}, which has no zone; add Z or an offset", param_hint=option)
    return instant_us(at)


def _print(result: Replay) -> None:
    console = Console()
    snapshot = result.snapshot
    tickets = snapshot["tickets"]
    console.print(
        f"[bold]{tickets['opened']:,}[/] tickets of {result.events:,} events, as of {snapshot['as_of']}"
        f" ({tickets['retracted']:,} retracted, {tickets['without_opening']:,} without an opening)",
        soft_wrap=True,
    )
    sections = ("backlog", "open_wait", "reply_wait", "sla")
    backlog, wait, reply, promised = (_total(snapshot[section]) for section in sections)
    console.print(
        f"backlog {backlog['n']:,}: {backlog['unanswered']:,} unanswered, {backlog['reply_waiting']:,} waiting for a"
        f" reply, {backlog['answered']:,} answered, {backlog['pending']:,} pending;"
        f" {wait['n']:,} wait for a first response, longest {_duration(wait['oldest_seconds'])},"
        f" {reply['n']:,} for a reply, longest {_duration(reply['oldest_seconds'])}",
        soft_wrap=True,
    )
    console.print(
        f"of those who wait for a first response {promised['on_time']:,} on time, {promised['at_risk']:,} at risk,"
        f" {promised['breached']:,} breached, {promised['without_target']:,} without a target",
        soft_wrap=True,
    )
    windows = snapshot["windows"]
    if rows := snapshot.get("first_response"):
        console.print(_responses("first response time", windows, rows, _DAY))
    if rows := snapshot.get("first_response_business"):
        console.print(_business(windows, rows))
    if "service_level" in snapshot:
        console.print(_levels(snapshot))
    if "nps" in snapshot:
        console.print(_scores(snapshot))
    if off := snapshot["policy"]["numbers_off"]:
        console.print(f"switched off in the policy file: {', '.join(off)}", highlight=False, soft_wrap=True)


def _business(windows: list[str], rows: list[dict[str, Any]]) -> Table:
    # Not in days: one of 24 business hours is nobody's.
    table = _responses("first response time in business hours", windows, rows, _HOUR)
    ever = _total(rows, window=ALL, attribute_to="response")
    if ever["n"] and not ever["sum_seconds"]:  # a table of zeros, as of a weekend, looks like a fault
        table.caption, table.caption_justify = "no wait lay in the hours that the policy names", "left"
    return table


def _responses(title: str, windows: list[str], rows: list[dict[str, Any]], largest: int) -> Table:
    table = _table(title, "n", "mean", "p50", "p90", "p95", "p99")
    for name in windows:
        if row := _total(rows, window=name, attribute_to="response"):
            durations = [_duration(row[f"{q}_seconds"], largest) for q in ("mean", "p50", "p90", "p95", "p99")]
            table.add_row(_shown(name), f"{row['n']:,}", *durations)
    return table


def _levels(snapshot: dict[str, Any]) -> Table:
    variant = snapshot["policy"]["service_level"]
    table = _table(f"service level {variant}", "answered", "in time", "abandoned", "level")
    for name in snapshot["windows"]:
        if row := _total(snapshot["service_level"], window=name):
            counts = [f"{row[key]:,}" for key in ("answered", "answered_within", "abandoned")]
            level = row["levels"][variant]
            table.add_row(_shown(name), *counts, "-" if level is None else f"{level:.1f} %")
    return table


def _scores(snapshot: dict[str, Any]) -> Table:
    table = _table("net promoter score", "n", "score", "95 %")
    for name in snapshot["windows"]:
        row = _total(snapshot["nps"], window=name, attribute_to="answered")
        interval = "-" if row["low"] is None else f"{row['low']:+.0f} to {row['high']:+.0f}"
        table.add_row(_shown(name), f"{row['n']:,}", "-" if row["score"] is None else f"{row['score']:+.1f}", interval)
    return table


def _shown(window: str) -> str:
    return "all time" if window == ALL else window


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("window")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _total(rows: list[dict[str, Any]], **where: str) -> dict[str, Any]:
    for row in rows:
        if not row["labels"] and all(row[name] == value for name, value in where.items()):
            return row
    return {}


def _duration(seconds: float | None, largest: int = _DAY) -> str:
    if seconds is None:
        return "-"
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", 60)):
        if size <= largest and seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
