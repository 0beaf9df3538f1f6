"""`deskpulse intake`: helpdesks' webhooks to events in Kafka."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from stream.intake import service
from stream.intake.source import Source
from stream.intake.source_file import WrongSourcesError, example_text, load_sources
from stream.serve.server import PortTakenError
from stream.settings import Settings, WrongSettingError, load_settings

NOT_FIT = 78

_console = Console(soft_wrap=True, highlight=False)
_errors = Console(stderr=True, soft_wrap=True, highlight=False)


def intake(
    file: Annotated[
        Path | None, typer.Option(help="YAML file of the senders.", show_default="DESKPULSE_INTAKE_FILE")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0 picks a free one.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what is in the file, or wrong with it, and end.")] = False,
    example: Annotated[bool, typer.Option("--example", help="Print a file to begin with, and end.")] = False,
) -> None:
    """Take helpdesks' webhooks in over HTTP and send their events to Kafka.

    A webhook is acknowledged when Kafka has acknowledged its events. Each sender has its own address, mapping and
    secret in one file; docs/connect says how to set up each.

    Example: deskpulse intake --file intake.yaml --port 6067
    """
    if example:
        typer.echo(example_text(), nl=False)
        return
    given = {"intake_file": file, "intake_port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    sources = sources_of(settings)
    if check:
        _say(sources)
        return
    try:
        status = service.run(settings, sources, lambda: sources_of(settings))
    except PortTakenError as error:
        _errors.print(f"[red]intake:[/] {escape(str(error))}")
        raise typer.Exit(NOT_FIT) from None
    raise typer.Exit(status)


def sources_of(settings: Settings, *, with_secrets: bool = True) -> tuple[Source, ...]:
    """Return the senders of the file that the settings name; raises WrongSettingError with a line for each mistake.

    with_secrets: False where the intake does not run, and where they need not be.
    """
    if settings.intake_file is None:
        raise WrongSettingError(
            "intake_file (DESKPULSE_INTAKE_FILE): is not set; accepts a file of senders: "
            "deskpulse intake --example > intake.yaml"
        )
    try:
        return load_sources(settings.intake_file, with_secrets=with_secrets)
    except WrongSourcesError as error:
        lines = (f"intake_file (DESKPULSE_INTAKE_FILE): {line}" for line in str(error).splitlines())
        raise WrongSettingError("\n".join(lines)) from None


def _say(sources: tuple[Source, ...]) -> None:
    for source in sources:
        secrets = {0: "no secret", 1: "1 secret"}.get(len(source.keys), f"{len(source.keys)} secrets")
        checked = "anyone may send" if source.recipe.check == "none" else f"checked by {source.recipe.check}"
        _console.print(f"{escape(source.name)}  POST {escape(source.route)}  {checked}, {secrets}")
