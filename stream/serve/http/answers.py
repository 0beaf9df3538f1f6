"""What answers have in common: JSON, errors, entity tags, and what was compressed once for all who ask."""

from __future__ import annotations

import gzip
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from stream.serve.http.access import SECURITY_HEADERS

_MIN_COMPRESSED = 1024
_LEVEL = 6
NO_CACHE = "no-cache"
# What the application's answers get on their way, and those that are made elsewhere bring along.
COMMON_HEADERS = {**SECURITY_HEADERS, "Server": "deskpulse", "Cache-Control": "no-store"}
PRIVATE = "private, no-cache"


def json_answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a document as JSON."""
    return web.Response(
        body=orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS),
        status=status,
        content_type="application/json",
        headers=headers,
    )


def error_answer(status: int, error: str, headers: dict[str, str] | None = None, **more: str) -> web.Response:
    """Return what went wrong, as every error of the API is given."""
    return json_answer({"error": error, **more}, status, headers)


def raw_error(status: int, error: str, headers: dict[str, str] | None = None) -> bytes:
    """Return such an answer as it is written to a connection, which ends with it."""
    body = orjson.dumps({"error": error})
    lines = {"Content-Type": "application/json", "Content-Length": len(body), "Connection": "close"}
    listed = (f"{name}: {value}\r\n" for name, value in {**COMMON_HEADERS, **lines, **(headers or {})}.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{''.join(listed)}\r\n".encode() + body


def tag_of(*parts: Any) -> str:
    """Return an entity tag, without quotes: the same for the same parts, whose texts have to tell them apart."""
    return sha256("\x00".join(map(str, parts)).encode()).hexdigest()[:32]


class Body:
    """The bytes of an answer, and the same compressed, which is done once; call `gzipped` in a thread if it is big."""

    __slots__ = ("_gzipped", "raw")

    def __init__(self, raw: bytes) -> None:
        """Hold the bytes."""
        self.raw = raw
        self._gzipped: bytes | None = None

    @property
    def worth_compressing(self) -> bool:
        """False where compression would save nothing."""
        return len(self.raw) >= _MIN_COMPRESSED

    def gzipped(self) -> bytes:
        """Return them compressed."""
        if self._gzipped is None:
            self._gzipped = gzip.compress(self.raw, _LEVEL, mtime=0)
        return self._gzipped


def accepts_gzip(request: web.Request) -> bool:
    """Say whether the client takes gzip."""
    for offered in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = offered.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" or not weight
    return False


def etag(tag: str, *, gzipped: bool) -> str:
    """Return the strong entity tag of a representation; what is compressed is another one."""
    return f'"{tag}.gz"' if gzipped else f'"{tag}"'


def not_modified(request: web.Request, tag: str, cache_control: str) -> web.Response | None:
    """Return the answer to a client that has this already, None to one that has not."""
    has = {given.value for given in request.if_none_match or ()}
    for gzipped in (False, True):
        known = etag(tag, gzipped=gzipped)
        if "*" in has or known.strip('"') in has:
            return web.Response(status=304, headers={"ETag": known, "Cache-Control": cache_control})
    return None


def tagged(request: web.Request, body: Body, tag: str, content_type: str, cache_control: str) -> web.Response:
    """Return a body with its entity tag, compressed if the client takes that."""
    headers = {"Cache-Control": cache_control, "Content-Type": content_type}
    if body.worth_compressing and accepts_gzip(request):
        headers |= {"Content-Encoding": "gzip", "ETag": etag(tag, gzipped=True)}
        return web.Response(body=body.gzipped(), headers=headers)
    return web.Response(body=body.raw, headers=headers | {"ETag": etag(tag, gzipped=False)})
