"""How a setting may be written."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

PREFIX = "DESKPULSE_"


class WrongSettingError(ValueError):
    """A setting cannot be used; the text names it, says what it got and what it accepts."""


def _split(value: object) -> object:
    """Take a list as the environment has it: a,b,c."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _split_numbers(value: object) -> object:
    return tuple(int(part) for part in value.split(",")) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Numbers = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_split_numbers)]
