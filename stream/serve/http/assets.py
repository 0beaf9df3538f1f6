"""The files of the pages: read once, at the start, so that no request names a path of this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from aiohttp import web

from stream.serve.http.answers import NO_CACHE, Body, not_modified, tag_of, tagged

# What is served as what; a file of another type is not served.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml; charset=utf-8",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LIVE, WALLBOARD = "live.html", "wallboard.html"
# Made with the pages: what tells them from those of another release. The page's script has the same inside.
VERSION = "version.txt"
FOLDER = files("stream.serve") / "page"


class Assets:
    """Serves what lies in a folder, and in folders below it."""

    def __init__(self, folder: Traversable = FOLDER) -> None:
        """Read all of it."""
        self._files: dict[str, tuple[Body, str, str]] = {}
        for name, file in _walk(folder, ""):
            content_type = TYPES.get(PurePosixPath(name).suffix)
            if content_type is not None:
                body = Body(file.read_bytes())
                self._files[name] = body, tag_of(body.raw), content_type

    @property
    def version(self) -> str:
        """Return what tells these pages from those of another release."""
        return self._files[VERSION][0].raw.decode().strip()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the pages and of their files."""
        return [
            web.get("/", self._page(LIVE)),
            web.get("/wallboard", self._page(WALLBOARD)),
            web.get("/wallboard/{name}", self._page(WALLBOARD)),
            web.get("/page/{path:.+}", self._any),
        ]

    def _page(self, name: str) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            return self._answer(request, name)

        return handler

    async def _any(self, request: web.Request) -> web.StreamResponse:
        return self._answer(request, request.match_info["path"])

    def _answer(self, request: web.Request, name: str) -> web.StreamResponse:
        found = self._files.get(name)
        if found is None:
            raise web.HTTPNotFound
        body, tag, content_type = found
        return not_modified(request, tag, NO_CACHE) or tagged(request, body, tag, content_type, NO_CACHE)


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.name.startswith((".", "__")):
            continue
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry
