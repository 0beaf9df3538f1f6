"""`deskpulse replay`: the numbers of event files, without a broker."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from schemas.codec import instant_us
from stream.cli.policy import read as read_policy
from stream.core.windows import ALL
from stream.replay import Replay
from stream.replay import replay as replay_files
from stream.settings import load_settings

_SHOWN_REJECTS = 10


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
    result = replay_files(files, settings, parse_instant(as_of, "--as-of"))
    if json:
        typer.echo(orjson.dumps(result.snapshot, option=orjson.OPT_INDENT_2))
    else:
        _print(result)
    errors = Console(stderr=True)
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
    backlog, wait = _total(snapshot["backlog"]), _total(snapshot["open_wait"])
    console.print(
        f"backlog {backlog['n']:,}: {backlog['unanswered']:,} unanswered, {backlog['answered']:,} answered,"
        f" {backlog['pending']:,} pending; {wait['n']:,} wait for a first response,"
        f" longest {_duration(wait['oldest_seconds'])}",
        soft_wrap=True,
    )
    responses = _table("first response time", "n", "mean", "p50", "p90", "p95", "p99")
    scores = _table("net promoter score", "n", "score", "95 %")
    for name in snapshot["windows"]:
        frt = _total(snapshot["first_response"], window=name, attribute_to="response")
        nps = _total(snapshot["nps"], window=name, attribute_to="answered")
        shown = "all time" if name == ALL else name
        if frt:
            quantiles = [_duration(frt[f"{q}_seconds"]) for q in ("mean", "p50", "p90", "p95", "p99")]
            responses.add_row(shown, f"{frt['n']:,}", *quantiles)
        interval = "-" if nps["low"] is None else f"{nps['low']:+.0f} to {nps['high']:+.0f}"
        scores.add_row(shown, f"{nps['n']:,}", "-" if nps["score"] is None else f"{nps['score']:+.1f}", interval)
    console.print(responses)
    console.print(scores)


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


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
