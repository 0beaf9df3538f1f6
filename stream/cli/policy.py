"""`deskpulse policy`: the annotated default policy file, and what a policy file puts in force."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.core.definitions import Definitions
from stream.policy_file import WrongPolicyError, default_text, load, parse

WRONG = 2
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def policy(
    file: Annotated[Path | None, typer.Argument(help="A policy file to check and show.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what is in force as JSON.")] = False,
) -> None:
    """Print an annotated policy file to begin with; or check a FILE, and show what it puts in force.

    A policy file holds targets, business hours, scales and thresholds. Without one the printed definitions serve.
    The status is 2 if the file is wrong; each thing that is wrong has its line.

    Example: deskpulse policy > policy.yaml, edit it, and deskpulse policy policy.yaml
    """
    definitions = parse(default_text(), "default.yaml") if file is None else read(file)
    if json:
        typer.echo(orjson.dumps(definitions.document, option=orjson.OPT_INDENT_2))
    elif file is None:
        typer.echo(default_text(), nl=False)
    else:
        _print(definitions.document)


def read(file: Path) -> Definitions:
    """Read a policy file; one that is wrong is said in lines of its own, with status 2."""
    try:
        return load(file)
    except WrongPolicyError as error:
        console = Console(stderr=True)
        for line in str(error).splitlines():
            console.print(f"[red]wrong policy[/] {escape(line)}", highlight=False, soft_wrap=True)
        raise typer.Exit(WRONG) from None


def _print(document: dict[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(_schedules(document))
    if document["targets"]:
        console.print(_targets(document["targets"]))
    else:
        console.print("no targets: nothing is promised")
    console.print(_thresholds(document))


def _schedules(document: dict[str, Any]) -> Table:
    table = _table("business hours", "schedule", "queues", "zone", "from", "hours", "holidays")
    for name, schedule in document["schedules"].items():
        queues = [queue for queue, named in document["queues"].items() if named == name]
        serves = ["all others"] if name == "default" else []
        shown = [name, ", ".join(queues + serves), schedule["zone"]]
        for version in schedule["versions"]:
            holidays = _holidays(schedule["holidays"]) if shown[0] else ""
            table.add_row(*map(escape, [*shown, version["from"] or "", _hours(version["week"]), holidays]))
            shown = ["", "", ""]
    return table


def _hours(week: dict[str, list[list[str]]]) -> str:
    lines = []
    for spans, days in groupby(week.items(), key=lambda item: item[1]):
        names = [name for name, _ in days]
        if spans:
            named = names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"
            lines.append(f"{named} {', '.join('-'.join(span) for span in spans)}")
    return "\n".join(lines) or "none"


def _holidays(holidays: dict[str, Any]) -> str:
    country = (
        holidays["country"] and f"public, {'-'.join(filter(None, (holidays['country'], holidays['subdivision'])))}"
    )
    return "\n".join(filter(None, [country, *holidays["dates"]])) or "none"


def _targets(targets: list[dict[str, Any]]) -> Table:
    table = _table("first response targets, the first that fits counts", "within", "of", "opened", "clock")
    for target in targets:
        of = [", ".join(target[key]) for key in ("channels", "priorities", "queues") if target[key] is not None]
        opened = [f"{word} {target[word]}" for word in ("from", "until") if target[word] is not None]
        cells = [duration(target["target_seconds"]), " and ".join(of) or "all tickets", "\n".join(opened) or "any time"]
        table.add_row(*map(escape, [*cells, target["clock"]]))
    return table


def _thresholds(document: dict[str, Any]) -> Table:
    table = _table("scales and thresholds", "key", "in force")
    for key, value in document.items():
        if key in ("version", "schedules", "queues", "targets"):
            continue
        if isinstance(value, dict):
            for part, inner in value.items():
                table.add_row(f"{key}.{part}", escape(_value(inner)))
        elif key.endswith("_seconds"):
            table.add_row(key.removesuffix("_seconds"), duration(value))
        else:
            table.add_row(key, escape(_value(value)))
    return table


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} of {scale}" for scale, count in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def duration(seconds: int) -> str:
    """Return a duration as a policy file writes it, in the largest unit that it is whole in."""
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
