"""`deskpulse schema`: the events' schemas, for whoever sends them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Literal

import orjson
import typer

from schemas.export import asyncapi, json_schema
from stream.settings import load_settings


def schema(
    form: Annotated[
        Literal["jsonschema", "asyncapi"], typer.Argument(help="jsonschema (2020-12) or asyncapi (3.0).")
    ] = "jsonschema",
) -> None:
    """Print the schema of the events, as JSON.

    Example: deskpulse schema asyncapi > deskpulse.asyncapi.json
    """
    if form == "jsonschema":
        document = json_schema()
    else:
        settings = load_settings()
        document = asyncapi(settings.source_topics(), settings.broker.split(",")[0], version("deskpulse"))
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
