"""`deskpulse mapping`: what a mapping makes of samples of a webhook, and a mapping to begin with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from stream.mapping import Delivery, DeliveryMapping, MappingError, Reading, load_mapping
from stream.mapping.delivery import content_of, texts
from stream.mapping.proposal import proposal
from stream.mapping.refusal import Refusal
from stream.settings import load_settings

FAILED, MISUSED = 1, 2
# Of a body on a terminal; --json has all of it.
_SHOWN_CHARACTERS = 2_000
_HEADERS = ".headers.json"
_FORM = {"content-type": "application/x-www-form-urlencoded"}

app = typer.Typer(help="Try a mapping on samples of a webhook, and begin a new one.", no_args_is_help=True)

Headers = Annotated[
    list[str] | None, typer.Option("--header", help="A header as NAME: VALUE; may be repeated.", show_default=False)
]
Query = Annotated[
    list[str] | None,
    typer.Option("--query", help="A part of the address as NAME=VALUE; may be repeated.", show_default=False),
]


@app.command("test")
def try_mapping(
    mapping: Annotated[str, typer.Argument(help="Name of a bundled mapping, or path of a .yaml file.")],
    samples: Annotated[list[Path], typer.Argument(help="Bodies: .json, .form, or .jsonl with a body in each line.")],
    *,
    header: Headers = None,
    query: Query = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each body.")] = False,
) -> None:
    """Show what a mapping makes of bodies: the events, what was ignored, and what was refused, each with the reason.

    Headers of NAME.json are taken from NAME.headers.json beside it, if there is one. Nothing is sent. The status is 1
    if anything was refused, 2 if the mapping is wrong.

    Example: deskpulse mapping test zendesk created.json reply.json
    """
    loaded = _load(mapping)
    limits, console = load_settings().limits(), Console(highlight=False)
    given, asked = _pairs(header, ":", "--header"), _pairs(query, "=", "--query")
    refused = False
    for sample in samples:
        for name, body in _bodies(sample):
            delivery = Delivery(body, {**_headers_beside(sample), **given}, asked, time.time_ns() // 1_000)
            reading = loaded.read(delivery, limits)
            refused = refused or bool(reading.refused)
            if as_json:
                console.print(orjson.dumps(_record(name, reading)).decode(), markup=False, soft_wrap=True)
            else:
                _show(console, name, delivery, loaded, reading)
    if refused:
        raise typer.Exit(FAILED)


@app.command("new")
def new_mapping(
    samples: Annotated[list[Path], typer.Option("--from", help="A body; may be repeated, for other kinds of events.")],
) -> None:
    """Propose a mapping for bodies of a webhook: print a file to begin with, with everything that the bodies hold.

    Names of keys are all it goes by, so it has to be read through and corrected.

    Example: deskpulse mapping new --from created.json --from reply.json > my-helpdesk.yaml
    """
    bodies = []
    for sample in samples:
        for name, body in _bodies(sample):
            content = content_of(body, texts(_headers_beside(sample)), "auto")
            if isinstance(content, Refusal):
                raise _failed(f"{name}: {content.detail}", FAILED)
            bodies.append(content)
    if not any(isinstance(body, dict | list) and body for body in bodies):
        raise _failed(f"{samples[0]}: got nothing with keys; accepts a JSON object, or a list of them", FAILED)
    typer.echo(proposal(bodies, ", ".join(sample.name for sample in samples)), nl=False)


def _load(name_or_path: str) -> DeliveryMapping:
    try:
        return load_mapping(name_or_path)
    except MappingError as error:
        raise _failed(str(error).replace("--mapping:", "MAPPING:", 1), MISUSED) from error


def _bodies(sample: Path) -> Iterator[tuple[str, bytes]]:
    """Read the bodies of a file, each with what to call it."""
    try:
        content = sample.read_bytes()
    except OSError as error:
        raise _failed(f"{sample}: cannot be read: {error.strerror}", FAILED) from error
    if sample.suffix not in (".jsonl", ".ndjson"):
        yield str(sample), content
        return
    for line, body in enumerate(content.splitlines(), start=1):
        if body.strip():
            yield f"{sample}:{line}", body


def _headers_beside(sample: Path) -> dict[str, str]:
    """Return the headers that belong to a sample, from the file beside it; of a form its Content-Type at least."""
    beside = sample.with_name(sample.stem + _HEADERS)
    found: dict[str, str] = dict(_FORM) if sample.suffix == ".form" else {}
    try:
        given = orjson.loads(beside.read_bytes()) if beside != sample and beside.exists() else {}
    except (OSError, orjson.JSONDecodeError) as error:
        raise _failed(f"{beside}: cannot be read as JSON: {error}", FAILED) from error
    if not isinstance(given, dict):
        raise _failed(f"{beside}: got {type(given).__name__}; accepts an object of texts by name", FAILED)
    return {**found, **{str(name).lower(): str(value) for name, value in given.items()}}


def _pairs(given: list[str] | None, separator: str, option: str) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        name, found, value = text.partition(separator)
        if not found or not name.strip():
            raise typer.BadParameter(f"{option}: got {text!r}; accepts NAME{'=' if separator == '=' else ': '}VALUE")
        pairs[name.strip().lower()] = value.strip()
    return pairs


def _record(name: str, reading: Reading) -> dict[str, Any]:
    return {
        "sample": name,
        "events": [event.document for event in reading.events],
        "ignored": [{"item": each.where, "why": each.why} for each in reading.ignored],
        "refused": [
            {"item": each.where, "reason": each.refusal.cause.value, "detail": each.refusal.detail}
            for each in reading.refused
        ],
    }


def _show(console: Console, name: str, delivery: Delivery, loaded: DeliveryMapping, reading: Reading) -> None:
    def line(mark: str, style: str, where: str, text: str) -> None:
        place = f"item {where}: " if where else ""
        console.print(Text.assemble((f"{mark:<8}", style), place, text), soft_wrap=True)

    console.print(Text(f"{name}, {len(delivery.body):,} bytes, by {loaded.name}", "bold"), soft_wrap=True)
    line("input", "dim", "", _shortened(delivery.body.decode("utf-8", "replace")))
    for event in reading.events:
        line("event", "green", event.where, event.value.decode())
    for ignored in reading.ignored:
        line("ignored", "yellow", ignored.where, ignored.why)
    for refused in reading.refused:
        line("refused", "red", refused.where, f"{refused.refusal.cause.value}: {refused.refusal.detail}")


def _shortened(body: str) -> str:
    text = " ".join(body.split())
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _failed(message: str, status: int) -> typer.Exit:
    console = Console(stderr=True, highlight=False)
    console.print(Text.assemble(("mapping: ", "red"), message), soft_wrap=True)
    return typer.Exit(status)
