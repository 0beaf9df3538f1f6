"""The command `deskpulse`: which subcommands there are, and how errors that people cause are said."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from stream.cli import changelog, mapping
from stream.cli.check import check
from stream.cli.demo import demo
from stream.cli.import_file import import_file
from stream.cli.intake import intake
from stream.cli.layout import layout
from stream.cli.notify import notify
from stream.cli.policy import policy
from stream.cli.replay import replay
from stream.cli.schema import schema
from stream.cli.simulate import simulate
from stream.cli.topics import topics
from stream.cli.verify import verify
from stream.cli.worker import worker
from stream.settings import WrongSettingError

app = typer.Typer(
    name="deskpulse",
    help="The live numbers of a support desk, exact, from events in Kafka.\n\n"
    "Start with `deskpulse demo`. Settings are DESKPULSE_* in the environment or deskpulse.toml; "
    "`deskpulse check` says what is wrong with them and how to fix it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,  # locals may hold secrets
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"deskpulse {version('deskpulse')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and end.")
    ] = False,
) -> None:
    """Take what comes before the name of a command."""


app.command()(demo)
app.command()(worker)
app.command()(notify)
app.command()(topics)
app.command()(simulate)
app.command("import")(import_file)
app.command()(intake)
app.command()(replay)
app.command()(verify)
app.command()(policy)
app.command()(layout)
app.command()(schema)
app.command()(check)
app.add_typer(mapping.app, name="mapping")
app.add_typer(changelog.app, name="changelog")


def run() -> None:
    """Run the command line; a wrong setting is said in a line of its own, with status 2."""
    try:
        app()
    except WrongSettingError as error:
        console = Console(stderr=True)
        for line in str(error).splitlines():
            console.print(f"[red]wrong setting[/] {escape(line)}", highlight=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    run()
