"""How a sender proves that a delivery is its own: a recipe, as data, of the bundled ones or of the user's file."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from stream.core.windows import DAY_US, SECOND_US
from stream.policy_file.reading import shaped
from stream.policy_file.scalars import Flag, duration, one_of, wrong
from stream.policy_file.shape import Part
from stream.yaml_lines import read_yaml

Check = Literal["hmac", "header", "basic", "path", "sns", "none"]
Algorithm = Literal["sha1", "sha256", "sha512"]
Encoding = Literal["hex", "base64"]
Unit = Literal["seconds", "milliseconds", "rfc3339"]
SecretForm = Literal["text", "whsec"]

#: What a signed text may consist of besides `{header.NAME}` and what stands between the braces.
PARTS: Final = ("body", "method", "url", "decoded_url", "form")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_BRACES = re.compile(r"\{([^{}]*)\}")
_MOST_SIGNED = 300


def _header(value: object) -> str:
    if isinstance(value, str) and _HEADER.fullmatch(value):
        return value.lower()
    raise wrong(value, "the name of an HTTP header, such as X-Hub-Signature")


def _prefix(value: object) -> str:
    if isinstance(value, str) and len(value) <= 40 and value.isascii() and value.isprintable():
        return value
    raise wrong(value, "up to 40 ASCII characters, such as sha256=")


def _signed(value: object) -> tuple[str, ...]:
    """Return the pieces in order: those at odd places stood in braces."""
    pieces = tuple(_BRACES.split(value)) if isinstance(value, str) and len(value) <= _MOST_SIGNED else ()
    for name in pieces[1::2]:
        header = name.removeprefix("header.")
        if name not in PARTS and (header == name or not _HEADER.fullmatch(header)):
            accepts = ", ".join(f"{{{part}}}" for part in PARTS)
            raise ValueError(f"got {{{name}}}; accepts {accepts} and {{header.NAME}}")
    if not pieces or any("{" in text or "}" in text for text in pieces[::2]):
        raise wrong(value, "a text with parts in braces, such as {header.x-timestamp}.{body}")
    return tuple(piece.lower() if place % 2 else piece for place, piece in enumerate(pieces))


def _authentic(pieces: tuple[str, ...]) -> tuple[str, ...]:
    if not {"body", "form"} & set(pieces[1::2]):
        raise ValueError("has neither {body} nor {form}; accepts a text with one of them, or any body would pass")
    return pieces


Header = Annotated[str, PlainValidator(_header)]
Signed = Annotated[tuple[str, ...], PlainValidator(_signed), AfterValidator(_authentic)]


class TimestampPart(Part):
    """When the sender signed, and for how long that counts."""

    header: Header = Field(description="The header that has it; it must be part of what is signed.")
    unit: Annotated[Unit, one_of(*get_args(Unit))] = Field(
        "seconds", description="`seconds` or `milliseconds` since 1970, or `rfc3339`."
    )
    window: Annotated[int, duration(SECOND_US, DAY_US, "1s to 24h, such as 5m")] = Field(
        300 * SECOND_US, description="A delivery that was signed longer ago, or so far ahead, is refused."
    )


class RecipePart(Part):
    """How deliveries of a source are checked."""

    check: Annotated[Check, one_of(*get_args(Check))] = Field(
        "hmac",
        description="`hmac`: a signature. `header`: the secret itself in a header. `basic`: `user:password` as HTTP "
        "sends it. `path`: the secret is the last part of the address. `sns`: Amazon's own signature. `none`: anyone "
        "may send.",
    )
    header: Header | None = Field(None, description="The header that has the signature or the secret.")
    prefix: Annotated[str, PlainValidator(_prefix)] = Field("", description="What stands before it, such as `sha256=`.")
    several: Flag = Field(False, description="Whether the header may have several of them, separated by spaces.")
    algorithm: Annotated[Algorithm, one_of(*get_args(Algorithm))] = Field("sha256", description="The hash of the HMAC.")
    encoding: Annotated[Encoding, one_of(*get_args(Encoding))] = Field("hex", description="How it is written.")
    signed: Signed = Field(
        ("", "body", ""), description="What is signed: `{body}`, `{method}`, `{url}`, `{form}`, `{header.NAME}`, texts."
    )
    timestamp: TimestampPart | None = Field(None, description="Left out: the sender signs no time, so old ones pass.")
    key_form: Annotated[SecretForm, one_of(*get_args(SecretForm))] = Field(
        "text", description="`text`, or `whsec` for the form of Standard Webhooks."
    )
    challenge: Header | None = Field(
        None, description="A header that asks for its own value in the answer, when the address is registered."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.check in ("hmac", "header") and self.header is None:
            raise ValueError(f"header is missing; check: {self.check} accepts the name of one")
        if self.timestamp is not None and f"header.{self.timestamp.header}" not in self.signed[1::2]:
            raise ValueError(
                f"timestamp.header {self.timestamp.header} is not part of signed, so anyone could change it; accepts "
                f"a signed text with {{header.{self.timestamp.header}}}"
            )
        return self

    @property
    def needs_secret(self) -> bool:
        """Say whether there is anything to check against."""
        return self.check not in ("none", "sns")

    @property
    def needs_url(self) -> bool:
        """Say whether the sender signs the address, which behind a proxy only the user knows."""
        return self.check == "hmac" and bool({"url", "decoded_url"} & set(self.signed[1::2]))

    @property
    def hash(self) -> str:
        """Return the name of the hash in `hashlib`."""
        assert self.algorithm in hashlib.algorithms_available
        return self.algorithm


class _Book(Part):
    recipes: dict[str, RecipePart]


@cache
def bundled() -> dict[str, RecipePart]:
    """Return the recipes that come with Deskpulse, by name."""
    name = "recipes.yaml"
    text = (resources.files("stream.intake") / name).read_text("utf-8")
    return shaped(read_yaml(text, name), _Book, ValueError).recipes
