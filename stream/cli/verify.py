"""`deskpulse verify`: are the numbers those that a batch recomputation of the same events gives?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.cli.steps import OnStep, steps
from stream.settings import Settings, load_settings

if TYPE_CHECKING:
    from stream.verify.compare import Difference
    from stream.verify.verdict import Verdict

DIFFER, MISUSED = 1, 2

_console = Console(highlight=False)
_errors = Console(stderr=True, soft_wrap=True, highlight=False)


def verify(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Event files, JSONL or .gz.")
    ],
    live: Annotated[
        list[str] | None,
        typer.Option(
            help="Check a running worker, such as http://127.0.0.1:6066; give all workers of a desk, since each "
            "holds its own partitions. Without it, what `deskpulse replay` computes is checked.",
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Replay to this instant (RFC 3339 with a zone).", show_default="the newest event"),
    ] = None,
    show: Annotated[int, typer.Option(min=0, help="Show at most this many differences.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Report the result as one JSON object.")] = False,
) -> None:
    """Recompute every number of event files in batch, and compare it with the live one or the replay's.

    The recomputation is SQL and shares no code with the processor. A live worker must have read exactly these
    events. Exits with 1 if any number differs.
    """
    try:
        import duckdb  # noqa: F401, PLC0415 - an extra that only this command needs
    except ModuleNotFoundError as error:
        raise _misused("verify needs DuckDB; install it with: pip install 'deskpulse[verify]'") from error
    from stream.cli.replay import without_events  # noqa: PLC0415 - imports what is checked
    from stream.verify.live import LiveError  # noqa: PLC0415 - imports DuckDB

    if live and as_of is not None:
        raise _misused("--as-of and --live exclude each other: a worker's numbers are those of now")
    settings = load_settings()
    try:
        with steps("reading the files", "nothing was compared") as on_step:
            verdict = (
                _check_live(files, live, settings, on_step) if live else _check_replay(files, settings, as_of, on_step)
            )
    except (LiveError, ValueError) as error:
        raise _misused(str(error)) from error
    except OSError as error:
        raise _misused(f"{error.filename or 'input'}: {error.strerror or error}") from error
    if not verdict.loaded.events:
        raise _misused(without_events(files, sum(verdict.loaded.rejected.values())))
    if as_json:
        typer.echo(json.dumps(verdict.to_json(), indent=2, ensure_ascii=False))
    else:
        _print(verdict, show)
    if verdict.comparison.differences:
        raise typer.Exit(DIFFER)


def _check_live(files: list[Path], urls: list[str], settings: Settings, on_step: OnStep) -> Verdict:
    from stream.verify.live import fetch_all  # noqa: PLC0415 - imports DuckDB
    from stream.verify.verdict import Limits, verify  # noqa: PLC0415 - as above

    token = settings.web_token.get_secret_value() if settings.web_token else None
    limits = Limits(settings.label_limit, settings.max_record_bytes, settings.max_future_seconds)
    on_step("asking the workers")
    return verify(files, fetch_all(urls, token), limits, on_step)


def _check_replay(files: list[Path], settings: Settings, as_of: str | None, on_step: OnStep) -> Verdict:
    from schemas.rejected import Reason  # noqa: PLC0415 - beside the replay
    from stream.replay import replay  # noqa: PLC0415 - only here is the code that is checked
    from stream.verify.compare import Difference  # noqa: PLC0415 - imports DuckDB
    from stream.verify.instant import microseconds  # noqa: PLC0415 - as above
    from stream.verify.verdict import Limits, verify  # noqa: PLC0415 - as above

    as_of_us = None if as_of is None else microseconds(as_of)
    replayed = replay(files, settings, as_of_us, on_step)
    # A replay to an instant leaves out what happened after it.
    limits = Limits(settings.label_limit, settings.max_record_bytes, None if as_of is None else 0)
    verdict = verify(files, [replayed.snapshot], limits, on_step)
    refused = sum(line.rejected.reason is not Reason.IN_THE_FUTURE for line in replayed.rejected)
    expected = sum(verdict.loaded.rejected.values())
    verdict.comparison.numbers += 1
    if refused != expected:
        verdict.comparison.differences.append(Difference("rejected lines", {}, None, expected, refused))
    return verdict


def _print(verdict: Verdict, show: int) -> None:
    snapshot, found = verdict.snapshot, verdict.comparison
    variants = ", ".join(f"{name} {_text(value)}" for name, value in snapshot["variants"].items())
    _console.print(escape(f"as of {snapshot['as_of']}; {variants}"))
    _console.print(escape(f"windows {', '.join(snapshot['windows'])}; partitions {_text(snapshot['partitions'])}"))
    loaded = verdict.loaded
    bad = sum(loaded.rejected.values())
    _console.print(f"{loaded.events:,} events, {loaded.duplicates:,} duplicates, {bad:,} lines that are no event")
    if loaded.shared_ids:
        _console.print(
            f"{loaded.shared_ids:,} event ids are of several tickets, surveys or customers, and count for each of them"
        )
    if found.differences and show:
        _console.print(_table(found.differences[:show]))
    if found.unchecked:
        _console.print(escape(f"not compared: {'; '.join(found.unchecked)}"))
    differ = len(found.differences)
    style = "bold red" if differ else "bold green"
    of_these = f" (the first {show} shown)" if differ > show else ""
    _console.print(
        f"[bold]{verdict.tickets:,}[/] tickets, [bold]{found.numbers:,}[/] numbers compared, "
        f"[{style}]{differ:,} difference{'' if differ == 1 else 's'}[/]{of_these}"
    )


def _table(differences: list[Difference]) -> Table:
    table = Table()
    for name in ("number", "labels", "window"):
        table.add_column(name, overflow="fold")
    table.add_column("expected", justify="right")
    table.add_column("actual", justify="right")
    for difference in differences:
        cells = (difference.path, difference.labels, difference.window, difference.expected, difference.actual)
        table.add_row(*(escape(_text(cell)) for cell in cells))
    return table


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={inner}" for name, inner in value.items()) or "all"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "-" if value is None else str(value)


def _misused(message: str) -> typer.Exit:
    _errors.print(f"[red]error[/] {escape(message)}")
    return typer.Exit(MISUSED)
