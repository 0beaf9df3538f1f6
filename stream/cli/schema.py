"""`deskpulse schema`: the schemas of events, alerts and live counts, for anyone who sends or receives them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Literal

import orjson
import typer

from schemas.export import alert_json_schema, asyncapi, json_schema, live_counts_json_schema
from stream.settings import load_settings


def schema(
    form: Annotated[
        Literal["jsonschema", "alerts", "live-counts", "asyncapi"],
        typer.Argument(
            help="jsonschema (2020-12) of the events, alerts or live-counts (the same of those), or asyncapi (3.0)."
        ),
    ] = "jsonschema",
) -> None:
    """Print the schema of the events, of the alerts, of the live counts, or of all topics and messages, as JSON.

    Example: deskpulse schema asyncapi > deskpulse.asyncapi.json
    """
    if form == "jsonschema":
        document = json_schema()
    elif form == "alerts":
        document = alert_json_schema()
    elif form == "live-counts":
        document = live_counts_json_schema()
    else:
        settings = load_settings()
        server = settings.broker.split(",")[0]
        written = (settings.topic_alerts, settings.topic_live_counts)
        document = asyncapi(settings.source_topics(), *written, server, version("deskpulse"))
    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2))
