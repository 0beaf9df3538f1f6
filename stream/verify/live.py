"""The snapshot of a running worker, over HTTP."""

import json
import time
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

# A section that is not there is a difference; without these nothing can be compared.
_NEEDED = {"version", "as_of", "variants", "windows"}
PATH = "/api/v1/live"
# Of a worker's own partitions: it also knows the others', and they would count once for each worker.
QUERY = "scope=worker"
TIMEOUT_SECONDS = 30
# Windows move every ten seconds, so workers that were asked while one moved agree a moment later.
_ATTEMPTS = 5
_PAUSE_SECONDS = 1.0


class LiveError(RuntimeError):
    """A worker that gives no snapshot; the text says which, and why."""


def fetch(url: str, token: str | None = None) -> dict[str, Any]:
    """The snapshot of the worker whose pages are at `url`, such as http://127.0.0.1:6066.

    token is the bearer token, if the pages have one. Raises LiveError.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise LiveError(f"--live: got {url!r}; accepts the address of a worker such as http://127.0.0.1:6066")
    path = parts.path.rstrip("/")
    path = path if path.endswith(PATH) else path + PATH
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = Request(urlunsplit((parts.scheme, parts.netloc, path, QUERY, "")), headers=headers)  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - as above
            snapshot = json.load(response)
    except HTTPError as error:
        with error:
            said = error.read(500).decode("utf-8", "replace")
        raise LiveError(f"{url}: HTTP {error.code} {error.reason}: {said}") from error
    except URLError as error:
        raise LiveError(f"{url}: {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise LiveError(f"{url}: {error}") from error
    if not isinstance(snapshot, dict) or _NEEDED - snapshot.keys():
        raise LiveError(f"{url}: the answer is no snapshot")
    return snapshot


def fetch_all(urls: Sequence[str], token: str | None = None) -> list[dict[str, Any]]:
    """The snapshots of several workers, asked again for a while until their windows lie at the same places."""
    for _ in range(_ATTEMPTS):
        snapshots = [fetch(url, token) for url in urls]
        if all(snapshot["windows"] == snapshots[0]["windows"] for snapshot in snapshots):
            break
        time.sleep(_PAUSE_SECONDS)
    return snapshots
