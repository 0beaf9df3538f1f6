"""Who may read what: roles and their tokens, other origins, and the names a browser may call a worker by."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from enum import IntEnum
from hashlib import sha256
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from stream.settings import Settings


class Role(IntEnum):
    """What a token allows; a higher one may do all that a lower one may."""

    BOARD = 1
    LEAD = 2
    ADMIN = 3

    @property
    def text(self) -> str:
        """Return its name as people write it."""
        return self.name.lower()


# The least role of each route, by its pattern. None: open to all, as it holds no number; a browser has to load a page
# before the page can ask for a token, and a probe has none.
ROLES: dict[str, Role | None] = {
    "/": None,
    "/page/{path}": None,
    "/wallboard": None,
    "/wallboard/{name}": None,
    "/healthz": None,
    "/readyz": None,
    "/api/v1/openapi.json": None,
    "/api/v1/live": Role.BOARD,
    "/api/v1/boards": Role.BOARD,
    "/api/v1/boards/{name}": Role.BOARD,
    "/api/v1/boards/{name}/stream": Role.BOARD,
    "/api/v1/waiting": Role.LEAD,
    "/api/v1/explain": Role.LEAD,
    "/metrics": Role.ADMIN,
}

METHODS = "GET, HEAD"
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; media-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Authorization, If-None-Match",
    "Access-Control-Max-Age": "600",
}
_READABLE_HEADERS = "ETag, Retry-After, Age, Date"
# Never a name of the public DNS, so nobody can let it lead elsewhere.
_LOCAL_NAMES = frozenset({"localhost", "host.docker.internal"})


def unguarded(settings: Settings) -> str | None:
    """Return what to warn of when anyone may read everything on the pages, None if somebody has to be let in."""
    if settings.web_token is not None or _is_loopback(settings.web_host):
        return None
    return (
        f"anyone who reaches {settings.web_host} reads all numbers and ids of tickets: web_host (DESKPULSE_WEB_HOST) "
        "is not this machine alone and no token is set; set web_token (DESKPULSE_WEB_TOKEN), or have a proxy guard them"
    )


class Refusal(NamedTuple):
    """Why a request is not answered: an HTTP status, what to tell, and headers."""

    status: int
    error: str
    headers: Mapping[str, str]


class Access:
    """Decides about requests under some settings. No token is kept, only what it hashes to."""

    def __init__(self, settings: Settings) -> None:
        """Take over tokens and origins."""
        given: tuple[tuple[Role, SecretStr | None], ...] = (
            (Role.ADMIN, settings.web_token),
            (Role.LEAD, settings.web_lead_token),
            (Role.BOARD, settings.web_board_token),
        )
        self._digests = [(role, _digest(token.get_secret_value())) for role, token in given if token is not None]
        self.origins = frozenset(origin.rstrip("/").lower() for origin in settings.web_cors_origins)
        # Without a token, a foreign page could read everything by a name of its own that leads to this machine.
        self._names = None
        if not self._digests and _is_loopback(settings.web_host):
            self._names = _LOCAL_NAMES | {urlsplit(origin).hostname for origin in self.origins}

    def refuse(self, needed: Role | None, authorization: str | None) -> Refusal | None:
        """Say whether a request is refused whose route needs this role, by its header `Authorization`."""
        if needed is None or not self._digests:
            return None
        role = self._role(authorization)
        if role is None:
            wrong = ', error="invalid_token"' if authorization else ""
            error = "the bearer token is not known" if authorization else "a bearer token is needed"
            challenge = {"WWW-Authenticate": f'Bearer realm="deskpulse"{wrong}'}
            return Refusal(401, f"{error}; this needs one of the role {needed.text} or higher", challenge)
        if role < needed:
            error = f"the token has the role {role.text}; this needs the role {needed.text} or higher"
            challenge = {
                "WWW-Authenticate": f'Bearer realm="deskpulse", error="insufficient_scope", scope="{needed.text}"'
            }
            return Refusal(403, error, challenge)
        return None

    def _role(self, authorization: str | None) -> Role | None:
        """Return the role of a token. All are compared, so that the time it takes tells nothing."""
        scheme, _, token = (authorization or "").partition(" ")
        given = _digest(token.strip())
        found = None
        for role, digest in self._digests:
            if hmac.compare_digest(given, digest):
                found = role
        return found if scheme.lower() == "bearer" else None

    def refuse_host(self, host: str | None) -> Refusal | None:
        """Say whether a request is refused for the name that it calls this worker by, its header `Host`."""
        if self._names is None or not host:  # every browser says one
            return None
        name = (urlsplit(f"//{host}").hostname or "") if _is_netloc(host) else ""
        if name in self._names or name.endswith(".localhost") or _is_address(name):
            return None
        error = (
            f"Host: got {host[:100]!r}; without a token this worker answers to localhost, to IP addresses and to the "
            "hosts of DESKPULSE_WEB_CORS_ORIGINS only; set DESKPULSE_WEB_TOKEN to serve under another name"
        )
        return Refusal(421, error, {})

    def preflight(self, origin: str | None) -> Refusal | dict[str, str]:
        """Answer a browser that asks whether a page of this origin may send a request."""
        if not self._allows(origin):
            return Refusal(403, "this origin is not among DESKPULSE_WEB_CORS_ORIGINS", {})
        return dict(_PREFLIGHT_HEADERS)

    def cors_headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers that let a page of another origin read an answer, if it may."""
        if origin is None or not self._allows(origin):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _READABLE_HEADERS}

    def _allows(self, origin: str | None) -> bool:
        return origin is not None and origin.lower() in self.origins


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogateescape")).digest()


def _is_loopback(host: str) -> bool:
    return host.lower() == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_netloc(host: str) -> bool:
    """Say whether this can be taken apart as host and port."""
    try:
        urlsplit(f"//{host}").hostname  # noqa: B018 - what is asked is whether it raises
    except ValueError:
        return False
    return True
