"""The keys of a layout file. default.yaml explains every key for users, and docs/wallboard.md with examples."""

from __future__ import annotations

import re
from typing import Annotated, get_args

from pydantic import Field, PlainValidator

from stream.board.layout import LANGUAGES, MOST_COLUMNS, MOST_ROWS, Bound, Theme
from stream.board.metric import METRICS
from stream.core.windows import HOUR_US, SECOND_US
from stream.numbers.tile import Kind
from stream.policy_file.scalars import LISTED, SOME, Flag, Name, duration, one_of, whole_number, wrong
from stream.policy_file.shape import Part

POLICY = "policy"
_MOST_TITLE = 60
DEFAULT_ROTATE_US = 20 * SECOND_US
DEFAULT_COLUMNS = 4


def _title(value: object) -> str:
    if isinstance(value, str) and 0 < len(value.strip()) <= _MOST_TITLE:
        return value.strip()
    raise wrong(value, f"a text of 1 to {_MOST_TITLE} characters")


def _board_name(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", value):
        return value
    raise wrong(value, "1 to 40 small letters, digits and hyphens, as it is part of the board's address")


def _language(value: object) -> str:
    if isinstance(value, str) and value[:2] in LANGUAGES and re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", value):
        return value
    raise wrong(value, f"{', '.join(LANGUAGES)}, and with a region for its numbers and times, such as de-CH")


def _target(value: object) -> tuple[str | None, str]:
    """Return the bound, None if the metric has to say, and the text of the value."""
    if isinstance(value, str):
        return None, value
    if isinstance(value, dict) and len(value) == 1:
        bound, text = next(iter(value.items()))
        if bound in get_args(Bound) and isinstance(text, str):
            return bound, text
    raise wrong(value, "a value such as 4m, policy, or a side and a value such as {at_most: 40} or {at_least: 3}")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise wrong(value, "a value such as 3m")


Title = Annotated[str, PlainValidator(_title)]
Values = Annotated[tuple[Name, ...], LISTED, SOME]
Filters = dict[Name, Values]


class TilePart(Part):
    """One tile."""

    metric: Annotated[str, one_of(*METRICS)] = Field(description="The number: one of the metrics below.")
    kind: Annotated[Kind, one_of(*get_args(Kind))] | None = Field(
        None, description="How it is shown: number, breakdown (with `by`), ages, flow or score. Left out: as fits best."
    )
    title: Title | None = Field(None, description="What stands above it. Left out: the metric's name, in the language.")
    window: Name | None = Field(
        None, description="Over which window, one of the settings. Left out: 1h; of surveys and customers 30d."
    )
    filter: Filters = Field(
        default_factory=dict, description="Only tickets with these labels, such as `{channel: [chat, phone]}`."
    )
    by: Name | None = Field(None, description="Also the value for each value of this label, such as `channel`.")
    target: Annotated[tuple[str | None, str], PlainValidator(_target)] | None = Field(
        None, description="What has to be reached: `4m`, `80`, `{at_most: 40}`, or `policy` for what was promised."
    )
    warn: Annotated[str, PlainValidator(_text)] | None = Field(
        None, description="From this value on the tile warns, on the way to the target."
    )
    width: Annotated[int, whole_number(1, MOST_COLUMNS)] = Field(1, description="How many columns it takes.")
    height: Annotated[int, whole_number(1, MOST_ROWS)] = Field(1, description="How many rows it takes.")
    trend: Flag = Field(True, description="Whether a line shows the last hour.")


class PagePart(Part):
    """One page."""

    title: Title | None = Field(None, description="What stands above the tiles.")
    columns: Annotated[int, whole_number(1, MOST_COLUMNS)] = Field(
        DEFAULT_COLUMNS, description=f"How many columns the page has, up to {MOST_COLUMNS}."
    )
    tiles: Annotated[tuple[TilePart, ...], SOME] = Field(
        description=f"The tiles, each in the first place that is free; at most {MOST_ROWS} rows of them."
    )


class BoardPart(Part):
    """One wallboard."""

    name: Annotated[str, PlainValidator(_board_name)] = Field(description="Its name in the address: /wallboard/name.")
    title: Title | None = Field(None, description="What stands at the top. Left out: the name.")
    language: Annotated[str, PlainValidator(_language)] | None = Field(
        None,
        description="Language of its texts, such as `en`, or with a region for numbers and times, such as `de-CH`. "
        "Left out: that of the browser.",
    )
    theme: Annotated[Theme, one_of(*get_args(Theme))] = Field(
        "dark", description="`dark`, `light`, or `auto`, which is as the device has it."
    )
    sound: Flag = Field(False, description="Whether a sound tells of a new breach; the browser asks for a click first.")
    rotate: Annotated[int, duration(5 * SECOND_US, HOUR_US, "5s to 1h, such as 20s")] = Field(
        DEFAULT_ROTATE_US, description="How long a page stays when there are several."
    )
    filter: Filters = Field(
        default_factory=dict, description="For all its tiles that can be filtered; a tile's own label replaces it."
    )
    pages: Annotated[tuple[PagePart, ...], SOME] = Field(description="Its pages, which take turns.")


class LayoutPart(Part):
    """The whole file."""

    version: Annotated[int, whole_number(1, 1)] = Field(1, description="The version of this format.")
    boards: Annotated[tuple[BoardPart, ...], SOME] = Field(description="The wallboards; the first is at /wallboard.")
