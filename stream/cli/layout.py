"""`deskpulse layout`: the annotated default layout file, and whether a layout file can be shown under the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.board.layout import Layouts, Tile
from stream.board.reading import WrongLayoutError, default_text
from stream.serve.wallboards.layouts import load
from stream.settings import load_settings

WRONG = 2


def layout(
    check: Annotated[
        Path | None, typer.Option("--check", help="A layout file to check and show.", show_default=False)
    ] = None,
) -> None:
    """Print an annotated layout file to begin with; or check one, and show its wallboards.

    A layout file holds the wallboards of a desk: pages of tiles, with targets and filters. Without one the printed
    wallboard serves. Windows and labels are checked against the settings in force here. The status is 2 if the file
    is wrong; each thing that is wrong has its line.

    Example: deskpulse layout > layout.yaml, edit it, and deskpulse layout --check layout.yaml
    """
    if check is None:
        typer.echo(default_text(), nl=False)
    else:
        _print(_read(check))


def _read(file: Path) -> Layouts:
    policy = load_settings().policy()
    try:
        return load(file, policy)
    except WrongLayoutError as error:
        console = Console(stderr=True)
        for line in str(error).splitlines():
            console.print(f"[red]wrong layout[/] {escape(line)}", highlight=False, soft_wrap=True)
        raise typer.Exit(WRONG) from None


def _print(layouts: Layouts) -> None:
    table = Table(title="wallboards", title_justify="left")
    for column in ("address", "page", "grid", "tiles"):
        table.add_column(column, overflow="fold")
    for board in layouts.values():
        shown = f"/wallboard/{board.name}"
        for i, page in enumerate(board.pages):
            grid = f"{page.columns} x {page.rows}"
            tiles = ", ".join(_tile(tile) for tile in page.tiles)
            table.add_row(*map(escape, (shown, page.title or str(i + 1), grid, tiles)))
            shown = ""
    Console(highlight=False).print(table)


def _tile(tile: Tile) -> str:
    of = "".join(f" of {' or '.join(values)}" for _, values in tile.filter)
    by = f" by {tile.by}" if tile.by else ""
    return f"{tile.metric.name}{f' {tile.window}' if tile.window else ''}{of}{by}"
