"""One attempt to post an alert: how it went, and when to try again."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Final

import aiohttp

from stream.notify.formats import Body
from stream.notify.receiver import Receiver
from stream.notify.signing import signed_headers

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 300.0
# A receiver may ask for more time than that, and is asked again all the same.
LONGEST_WISH_SECONDS: Final = 3600.0
_AGENT: Final = f"deskpulse/{version('deskpulse')}"


class Failure(StrEnum):
    """Why an attempt failed. A bounded set, because it is the value of a metric label."""

    CONNECTION = "connection"
    TIMEOUT = "timeout"
    REDIRECT = "redirect"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    GONE = "gone"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt that failed: why, in a word and in a line, and for how long the receiver wants to be left alone."""

    why: Failure
    detail: str
    wait_seconds: float | None = None

    @property
    def final(self) -> bool:
        """Say whether there is no use in another attempt: the receiver says that it is no more."""
        return self.why is Failure.GONE


def open_session(receiver: Receiver) -> aiohttp.ClientSession:
    """Return the HTTP client for a receiver: no cookies, and no proxy that an environment variable names."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=receiver.patience.timeout),
        connector=aiohttp.TCPConnector(limit=receiver.at_once),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": _AGENT, **receiver.headers},
        trust_env=False,
    )


async def post(
    session: aiohttp.ClientSession, receiver: Receiver, delivery_id: str, body: Body, now: Callable[[], float]
) -> Failed | None:
    """Post once; returns None if the receiver has it: it answered 2xx.

    A redirect is not followed: it would take an alert where nobody configured it to go. now: seconds since the Unix
    epoch.
    """
    headers = {"Content-Type": body.content_type}
    headers |= signed_headers(receiver.keys, delivery_id, int(now()), body.content)
    try:
        async with session.post(receiver.url, data=body.content, headers=headers, allow_redirects=False) as answer:
            return failed(answer.status, answer.headers.get("Retry-After"), now())
    except TimeoutError:
        return Failed(Failure.TIMEOUT, f"no answer within {receiver.patience.timeout:g} s")
    except (aiohttp.ClientError, OSError) as error:
        return Failed(Failure.CONNECTION, _in_words(error))


def failed(status: int, retry_after: str | None, now: float) -> Failed | None:
    """Return what an HTTP status means, None for success."""
    if 200 <= status < 300:
        return None
    said, wish = f"it answered {status}", _wish_seconds(retry_after, now)
    if status < 400:
        return Failed(Failure.REDIRECT, f"{said}; redirects are not followed", wish)
    if status == 410:
        return Failed(Failure.GONE, f"{said}: it is gone for good")
    if status == 429:
        return Failed(Failure.RATE_LIMITED, said, wish)
    return Failed(Failure.REFUSED if status < 500 else Failure.SERVER_ERROR, said, wish)


def pause_seconds(attempts: int, chance: Callable[[], float] = random.random) -> float:
    """Return how long to wait after so many attempts: twice as long each time, and up to half less by chance.

    chance: a number from 0 to 1, so that what failed together is not tried again together.
    """
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 20))
    return longest * (1 - chance() / 2)


def _wish_seconds(retry_after: str | None, now: float) -> float | None:
    """Read a header Retry-After: seconds, or an HTTP date. What is neither is as if it was not there."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WISH_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    wish = (at - datetime.fromtimestamp(now, UTC)).total_seconds()
    return min(max(wish, 0.0), LONGEST_WISH_SECONDS)


def _in_words(error: Exception) -> str:
    """Say what went wrong without the address, which may be a secret."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorError):
        inner = error.os_error
        reason = inner.reason if isinstance(inner, ssl.SSLError) else inner.strerror
        return f"no connection: {reason or type(inner).__name__}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it closed the connection without an answer"
    return type(error).__name__
