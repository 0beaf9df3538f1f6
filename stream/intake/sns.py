"""Amazon SNS: messages in an envelope that SNS signs, and the confirmation of a subscription."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

import aiohttp
import orjson

from stream.intake.rsa import Hash, PublicKey, is_signed, key_of_certificate
from stream.intake.signature import Doubt, Refused
from stream.intake.source import Allowance, Source

#: SNS tries for an hour unless the subscription says otherwise.
WINDOW_SECONDS: Final = 3600.0
_NOTIFICATION, _CONFIRMATION, _END = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
_SIGNED = {
    _NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    _CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    _END: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES: dict[str, Hash] = dict(zip(("1", "2"), get_args(Hash), strict=True))
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_FETCH_SECONDS = 3.0
_LARGEST_ANSWER = 64 * 1024
_MOST_KEYS = 16

Fetch = Callable[[str], Awaitable[str]]


class NotFetchedError(Exception):
    """Amazon did not answer; the text says why, without the address, which may hold a token."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in an envelope: the message; None for a handshake that was answered."""

    message: bytes | None


async def fetch(url: str) -> str:
    """Return what an address of Amazon answers; raises NotFetchedError."""
    timeout = aiohttp.ClientTimeout(total=_FETCH_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, allow_redirects=False) as answer:
            content = await answer.content.read(_LARGEST_ANSWER)
            if answer.status != 200:
                raise NotFetchedError(f"Amazon answered {answer.status}")
            return content.decode(errors="replace")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotFetchedError(f"Amazon cannot be reached ({type(error).__name__})") from error


class Envelopes:
    """Opens envelopes. Certificates are fetched from Amazon alone, and kept."""

    def __init__(self, fetch: Fetch = fetch) -> None:
        """fetch: how to read an address of Amazon."""
        self._fetch = fetch
        self._keys: dict[str, PublicKey] = {}
        self._fetching = asyncio.Lock()
        # Anyone can name a certificate that was not seen before, and must not have Amazon asked as often as they like.
        self._allowance = Allowance(1)

    async def open(self, source: Source, body: bytes, now: float) -> Opened | Refused:
        """Return what is in an envelope that SNS has signed for one of the source's topics; raises NotFetchedError.

        A subscription is confirmed on the way. now: seconds since 1970.
        """
        envelope = _read(body)
        if envelope is None:
            return Refused(Doubt.MALFORMED, "the body is not an envelope of Amazon SNS")
        if envelope["TopicArn"] not in source.topics:
            return Refused(Doubt.WRONG, "the topic is not among topics of the source")
        refused = await self._doubted(envelope, now)
        if refused is not None:
            return refused
        if envelope["Type"] == _NOTIFICATION:
            return Opened(envelope["Message"].encode())
        if envelope["Type"] == _CONFIRMATION:
            if not envelope["SubscribeURL"].startswith(_origin_of(envelope["TopicArn"]) + "/"):
                return Refused(Doubt.WRONG, "SubscribeURL is no address of Amazon SNS")
            await self._fetch(envelope["SubscribeURL"])
        return Opened(None)

    async def _doubted(self, envelope: dict[str, str], now: float) -> Refused | None:
        url, digest = envelope["SigningCertURL"], _HASHES.get(envelope["SignatureVersion"])
        origin = _origin_of(envelope["TopicArn"])
        if not url.startswith(origin) or not _CERTIFICATE.fullmatch(url.removeprefix(origin)):
            return Refused(Doubt.WRONG, "SigningCertURL is no certificate of Amazon SNS")
        if digest is None:
            return Refused(Doubt.MALFORMED, "SignatureVersion is neither 1 nor 2")
        try:
            signature = b64decode(envelope["Signature"], validate=True)
            at = datetime.fromisoformat(envelope["Timestamp"])
            key = self._keys.get(url) or await self._key(url, now)
        except ValueError as error:
            return Refused(Doubt.MALFORMED, f"the envelope cannot be checked: {type(error).__name__}")
        if not is_signed(key, _text(envelope), signature, digest):
            return Refused(Doubt.WRONG, "the signature is not one of this envelope")
        if at.tzinfo is None or abs(now - at.timestamp()) > WINDOW_SECONDS:
            return Refused(Doubt.OUTDATED, f"it was signed longer ago or ahead than {WINDOW_SECONDS:,.0f} s")
        return None

    async def _key(self, url: str, now: float) -> PublicKey:
        """Fetch a certificate, once for all who wait for it, and at most one in a second.

        Raises NotFetchedError, and ValueError for what is no certificate.
        """
        async with self._fetching:
            if (known := self._keys.get(url)) is not None:
                return known
            if not self._allowance.take(now):
                raise NotFetchedError("more than one unknown certificate of Amazon's is named in a second")
            key = key_of_certificate(await self._fetch(url))
            if len(self._keys) >= _MOST_KEYS:
                del self._keys[next(iter(self._keys))]
            self._keys[url] = key
            return key


def _read(body: bytes) -> dict[str, str] | None:
    """Return the texts of an envelope, None if it is none or one that is needed is missing."""
    try:
        content: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(content, dict):
        return None
    texts = {name: value for name, value in content.items() if isinstance(value, str)}
    signed = _SIGNED.get(texts.get("Type", ""))
    if signed is None:
        return None
    needed = {*signed, "SigningCertURL", "SignatureVersion", "Signature"} - {"Subject"}
    return texts if needed <= texts.keys() else None


def _text(envelope: dict[str, str]) -> bytes:
    names = (name for name in _SIGNED[envelope["Type"]] if name in envelope)
    return "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()


def _origin_of(topic: str) -> str:
    """Return where Amazon serves a topic, from its ARN, which the user has given.

    Not any host that begins with `sns.`: sns.s3-eu-west-1.amazonaws.com is the bucket `sns` of some customer of theirs.
    """
    _, partition, _, region, *_ = topic.split(":")
    return f"https://sns.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"
