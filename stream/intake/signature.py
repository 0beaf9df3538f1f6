"""Whether a delivery is from whom it says: what a recipe asks, of the raw bytes, under several secrets at a time.

Pure: the time is an argument. All secrets are compared, in constant time, whichever of them is right.
"""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from stream.core.webhook_secret import PREFIX, key_of_secret
from stream.core.windows import SECOND_US
from stream.intake.recipe import RecipePart, TimestampPart

# Of a header with several signatures.
_MOST_SIGNATURES = 10
_LATEST_SECONDS = 7_258_118_400  # the year 2200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_FRACTION = re.compile(r"(\.\d{6})\d+")
#: HubSpot decodes these before it signs: : / ? @ ! $ ' ( ) * , ;
_DECODED = {f"%{ord(character):02X}": character for character in ":/?@!$'()*,;"}
_ESCAPES = re.compile("|".join(_DECODED), re.IGNORECASE)


class Doubt(StrEnum):
    """Why a delivery is not believed. A bounded set, because it is the value of a metric label."""

    UNSIGNED = "unsigned"
    MALFORMED = "malformed"
    WRONG = "wrong"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery that is not believed; detail is one line without anything secret."""

    doubt: Doubt
    detail: str


@dataclass(frozen=True, slots=True)
class Signed:
    """What was received, as it was signed. headers: by names in small letters. url: as the sender called it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def key_of(secret: str, recipe: RecipePart) -> bytes:
    """Return the bytes that a secret stands for; raises ValueError, which does not quote it."""
    if _CONTROLS.search(secret):  # nobody signs with it: every delivery would be refused, for another reason
        raise ValueError("has several lines or control characters; accepts one line")
    if recipe.check == "path" and "/" in secret:  # which would end it: no address would be found
        raise ValueError("is the last part of an address and has a slash in it; accepts one without")
    if recipe.key_form != "whsec":
        return secret.encode()
    # Some senders show it without what it begins with; base64 has no underscore.
    return key_of_secret(secret if "_" in secret else PREFIX + secret)


def verify(recipe: RecipePart, keys: Sequence[bytes], signed: Signed, now: float) -> Refused | None:
    """Return why a delivery is refused, None if it is from someone who knows one of the keys.

    now: seconds since 1970. A delivery whose `check` is `path` was found by its address, and one of `sns` is opened by
    `stream.intake.sns`; neither is asked again.
    """
    if recipe.check in ("none", "path", "sns"):
        return None
    if recipe.check == "basic":
        return _basic(keys, signed)
    assert recipe.header is not None  # as the recipe was read
    given = signed.headers.get(recipe.header)
    if given is None:
        return Refused(Doubt.UNSIGNED, f"the header {recipe.header} is missing")
    if recipe.check == "header":
        return _static(recipe, keys, given)
    return _hmac(recipe, keys, signed, given, now)


def is_one_of(keys: Sequence[bytes], given: bytes) -> bool:
    """Say whether this is one of the secrets, in a time that does not tell how much of it is right."""
    digest, found = sha256(given).digest(), False
    for key in keys:
        found |= hmac.compare_digest(digest, sha256(key).digest())
    return found


def _static(recipe: RecipePart, keys: Sequence[bytes], given: str) -> Refused | None:
    if not given.startswith(recipe.prefix):
        return Refused(Doubt.MALFORMED, f"the header {recipe.header} does not begin with {recipe.prefix.strip()}")
    if is_one_of(keys, _bytes(given.removeprefix(recipe.prefix))):
        return None
    return Refused(Doubt.WRONG, f"the header {recipe.header} has none of the secrets of this source")


def _basic(keys: Sequence[bytes], signed: Signed) -> Refused | None:
    given = signed.headers.get("authorization")
    if given is None:
        return Refused(Doubt.UNSIGNED, "the header authorization is missing")
    scheme, _, encoded = given.partition(" ")
    if scheme.lower() != "basic":
        return Refused(Doubt.MALFORMED, "the header authorization does not begin with Basic")
    try:
        decoded = b64decode(_bytes(encoded.strip()), validate=True)
    except binascii.Error:
        return Refused(Doubt.MALFORMED, "the header authorization is not base64 behind Basic")
    return None if is_one_of(keys, decoded) else Refused(Doubt.WRONG, "user and password are none of this source's")


def _hmac(recipe: RecipePart, keys: Sequence[bytes], signed: Signed, given: str, now: float) -> Refused | None:
    signatures = list(_signatures(recipe, given))
    if not signatures:
        accepts = f"{recipe.prefix}... in {recipe.encoding}"
        return Refused(Doubt.MALFORMED, f"the header {recipe.header} is no signature of {accepts}")
    text = _text(recipe, signed)
    if isinstance(text, Refused):
        return text
    right = False
    for key in keys:
        digest = hmac.digest(key, text, recipe.hash)
        for signature in signatures:
            right |= hmac.compare_digest(digest, signature)
    if not right:
        return Refused(Doubt.WRONG, f"the signature in {recipe.header} is not one of this body under any secret")
    # Last, as only of what is signed it is known who says so.
    return None if recipe.timestamp is None else _age(recipe.timestamp, signed, now)


def _signatures(recipe: RecipePart, given: str) -> Iterator[bytes]:
    for each in given.split(" ")[:_MOST_SIGNATURES] if recipe.several else [given.strip()]:
        if not each.startswith(recipe.prefix):
            continue
        encoded = _bytes(each.removeprefix(recipe.prefix))
        try:
            yield binascii.unhexlify(encoded) if recipe.encoding == "hex" else b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            continue  # one of several, or none is left and that is the answer


def _text(recipe: RecipePart, signed: Signed) -> bytes | Refused:
    pieces: list[bytes] = []
    for place, piece in enumerate(recipe.signed):
        if place % 2 == 0:
            pieces.append(piece.encode())
        elif piece == "body":
            pieces.append(signed.body)
        elif piece == "method":
            pieces.append(signed.method.encode())
        elif piece == "url":
            pieces.append(_bytes(signed.url))
        elif piece == "decoded_url":
            pieces.append(_bytes(_ESCAPES.sub(lambda found: _DECODED[found[0].upper()], signed.url)))
        elif piece == "form":
            form = _form(signed)
            if isinstance(form, Refused):
                return form
            pieces.append(form)
        else:
            name = piece.removeprefix("header.")
            value = signed.headers.get(name)
            if value is None:
                return Refused(Doubt.UNSIGNED, f"the header {name}, which is part of what is signed, is missing")
            pieces.append(_bytes(value))
    return b"".join(pieces)


def _form(signed: Signed) -> bytes | Refused:
    """Return names and values of a form behind each other, by name; of JSON nothing, as its hash is in the address."""
    if signed.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        try:
            text = signed.body.decode()
            pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=1000)
        except ValueError:
            return Refused(Doubt.MALFORMED, "the body is not the form that its content type says")
        return "".join(name + value for name, value in sorted(set(pairs))).encode(errors="surrogatepass")
    told = dict(parse_qsl(urlsplit(signed.url).query)).get("bodySHA256", "")
    if not hmac.compare_digest(told.lower().encode(), sha256(signed.body).hexdigest().encode()):
        return Refused(Doubt.WRONG, "the body is not the one whose hash the address has in bodySHA256")
    return b""


def _age(timestamp: TimestampPart, signed: Signed, now: float) -> Refused | None:
    told = signed.headers[timestamp.header]
    at = _seconds(told.strip(), timestamp)
    if at is None:
        return Refused(Doubt.MALFORMED, f"the header {timestamp.header} has no time in {timestamp.unit}")
    window = timestamp.window / SECOND_US
    if abs(now - at) <= window:
        return None
    side = "ago" if at < now else "ahead"
    return Refused(Doubt.OUTDATED, f"it was signed {abs(now - at):,.0f} s {side}; accepts up to {window:,.0f} s")


def _seconds(told: str, timestamp: TimestampPart) -> float | None:
    if timestamp.unit == "rfc3339":
        try:
            at = datetime.fromisoformat(_FRACTION.sub(r"\1", told))
        except ValueError:
            return None
        return None if at.tzinfo is None else at.timestamp()
    if not re.fullmatch(r"[0-9]{1,16}", told):
        return None
    seconds = int(told) / (1000 if timestamp.unit == "milliseconds" else 1)
    return seconds if seconds < _LATEST_SECONDS else None


def _bytes(text: str) -> bytes:
    """Return the bytes that a header had; aiohttp hands on what is not UTF-8 as half surrogate pairs."""
    return text.encode(errors="surrogateescape")
