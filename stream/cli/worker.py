"""`deskpulse worker`: read events from Kafka, keep the numbers, serve them."""

from __future__ import annotations

from typing import Annotated

import typer

from stream.engine import worker as engine
from stream.serve.server import PortTakenError
from stream.serve.service import PagesService
from stream.settings import load_settings


def worker(
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port of the pages; 0 picks a free one.")] = None,
) -> None:
    """Run a worker: exact live numbers on /metrics, /api/v1/live and a page.

    Start as many as there are partitions at most; they share the work, and take over from one that dies.
    Settings are DESKPULSE_* in the environment or deskpulse.toml; `deskpulse check` looks at them first.

    Example: DESKPULSE_BROKER=kafka:9092 deskpulse worker --port 6066
    """
    settings = load_settings(**({} if port is None else {"web_port": port}))
    try:
        status = engine.run(settings, services=[PagesService])
    except PortTakenError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(78) from None
    raise typer.Exit(status)
