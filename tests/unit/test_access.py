"""Who may read what: roles, tokens, other origins, other names; asked over a real socket."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from stream.serve.http.access import ROLES, SECURITY_HEADERS, Access, Role, unguarded
from stream.serve.server import Pages
from stream.serve.service import PagesService
from stream.settings import load_settings
from tests.served import seen

ADMIN, LEAD, BOARD = "the-token-of-an-admin", "the-token-of-a-lead", "the-token-of-a-board"
TOKENS = {"web_token": ADMIN, "web_lead_token": LEAD, "web_board_token": BOARD}
HELD = {Role.ADMIN: ADMIN, Role.LEAD: LEAD, Role.BOARD: BOARD}
ORIGIN = "https://intranet.example"
# One address of each route that a role is needed for.
GUARDED = {
    "/api/v1/live": Role.BOARD,
    "/api/v1/boards": Role.BOARD,
    "/api/v1/boards/default": Role.BOARD,
    "/api/v1/waiting": Role.LEAD,
    "/api/v1/explain?metric=backlog": Role.LEAD,
    "/metrics": Role.ADMIN,
}
OPEN = ("/", "/page/live.js", "/healthz", "/readyz", "/api/v1/openapi.json")


@asynccontextmanager
async def served(**settings: Any) -> AsyncIterator[str]:
    view = seen(**settings)
    pages = Pages(view, view.settings)  # type: ignore[arg-type]  # View has what Pages reads of a WorkerView
    host, port = await pages.start()
    try:
        yield f"http://{host}:{port}"
    finally:
        await pages.stop()


async def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, str, Any]:
    async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers) as response:
        return response.status, await response.text(), response.headers


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_every_role_reads_what_it_may_and_nothing_above():
    async with served(**TOKENS) as url:
        for path, needed in GUARDED.items():
            for role, token in HELD.items():
                status, text, _ = await ask(url + path, **bearer(token))
                assert status == (200 if role >= needed else 403), (path, role, text)


async def test_a_role_that_is_too_low_is_told_which_one_is_needed():
    async with served(**TOKENS) as url:
        status, text, headers = await ask(f"{url}/api/v1/waiting", **bearer(BOARD))
    assert status == 403
    assert json.loads(text) == {"error": "the token has the role board; this needs the role lead or higher"}
    assert headers["WWW-Authenticate"] == 'Bearer realm="deskpulse", error="insufficient_scope", scope="lead"'


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {ADMIN}", ADMIN, f"Bearer {ADMIN}x", "Bearer \udcff"],
)
async def test_anyone_who_has_no_known_token_is_asked_for_one(authorization):
    access = Access(load_settings(**TOKENS))
    for needed in Role:
        refused = access.refuse(needed, authorization)
        assert refused is not None
        assert refused.status == 401
        assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="deskpulse"')
        assert ADMIN not in refused.error
    assert access.refuse(None, authorization) is None


async def test_the_scheme_may_be_written_in_any_case():
    access = Access(load_settings(**TOKENS))
    assert access.refuse(Role.ADMIN, f"bearer  {ADMIN} ") is None


def test_a_token_is_compared_with_all_that_there_are(monkeypatch):
    compared = []
    access = Access(load_settings(**TOKENS))
    monkeypatch.setattr("hmac.compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    for token in (ADMIN, LEAD, BOARD, "wrong"):
        compared.clear()
        access.refuse(Role.BOARD, f"Bearer {token}")
        assert len(compared) == 3
        assert {len(side) for pair in compared for side in pair} == {32}  # of one length, whatever was given


async def test_what_holds_no_number_is_open_to_all():
    async with served(**TOKENS) as url:
        for path in OPEN:
            assert (await ask(url + path))[0] == 200, path


async def test_without_tokens_all_is_open():
    async with served() as url:
        for path in (*GUARDED, *OPEN):
            assert (await ask(url + path))[0] == 200, path


async def test_every_route_has_its_place_in_the_table_of_roles():
    view = seen()
    app = Pages(view, view.settings).application()  # type: ignore[arg-type]  # as above
    assert {resource.canonical for resource in app.router.resources()} == ROLES.keys()


async def test_a_route_that_nobody_placed_is_not_served(monkeypatch):
    monkeypatch.delitem(ROLES, "/metrics")
    view = seen()
    with pytest.raises(LookupError, match="/metrics"):
        Pages(view, view.settings).application()  # type: ignore[arg-type]  # as above


async def test_every_answer_has_the_security_headers():
    async with served(**TOKENS) as url:
        for method, path, expected in (
            ("GET", "/", 200),
            ("GET", "/healthz", 200),
            ("GET", "/metrics", 401),
            ("GET", "/nowhere", 404),
            ("POST", "/api/v1/live", 405),
            ("DELETE", "/", 405),
            ("OPTIONS", "/", 405),
        ):
            status, text, headers = await ask(url + path, method)
            assert status == expected, (method, path)
            assert SECURITY_HEADERS.items() <= dict(headers).items()
            assert "aiohttp" not in headers["Server"]
            if status >= 400:
                assert json.loads(text).keys() == {"error"}


async def test_only_reading_is_possible():
    async with served() as url:
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
            status, _, headers = await ask(f"{url}/api/v1/live", method)
            assert (status, headers["Allow"]) == (405, "GET, HEAD")
        status, text, headers = await ask(f"{url}/api/v1/live", "HEAD")
        assert (status, text) == (200, "")
        assert int(headers["Content-Length"]) > 1000


async def test_a_defect_is_logged_and_tells_nothing_of_the_inside(monkeypatch, caplog):
    def fail(*_: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("stream.serve.server.metrics", lambda *_, **__: fail())
    async with served(**TOKENS) as url:
        with caplog.at_level(logging.ERROR, "deskpulse.serve"):
            status, text, headers = await ask(f"{url}/metrics?token={ADMIN}", **bearer(ADMIN))
    assert status == 500
    assert json.loads(text) == {"error": "something went wrong inside; the worker's log says what"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "a secret of the inside" in caplog.text
    assert ADMIN not in caplog.text


async def test_a_page_of_a_listed_origin_may_ask_and_read():
    async with served(**TOKENS, web_cors_origins=ORIGIN) as url:
        status, text, headers = await ask(
            f"{url}/api/v1/live", "OPTIONS", Origin=ORIGIN, **{"Access-Control-Request-Method": "GET"}
        )
        assert (status, text) == (204, "")
        assert headers["Access-Control-Allow-Origin"] == ORIGIN
        assert headers["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert "Authorization" in headers["Access-Control-Allow-Headers"]
        status, _, headers = await ask(f"{url}/api/v1/live", Origin=ORIGIN, **bearer(BOARD))
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
        assert "ETag" in headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in headers
        status, _, headers = await ask(f"{url}/api/v1/live", Origin=ORIGIN)
        assert (status, headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)  # a page may read why


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://intranet.example", "null", f"{ORIGIN}.evil.example"]
)
async def test_a_page_of_any_other_origin_may_not(origin):
    async with served(web_cors_origins=ORIGIN) as url:
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        status, _, headers = await ask(f"{url}/api/v1/live", "OPTIONS", **asked)
        assert status == 403
        assert "Access-Control-Allow-Origin" not in headers
        _, _, headers = await ask(f"{url}/api/v1/live", Origin=origin)
        assert "Access-Control-Allow-Origin" not in headers
        assert "Origin" in headers["Vary"]


async def test_without_a_token_a_name_that_leads_here_is_not_answered():
    async with served() as url:
        status, text, _ = await ask(f"{url}/api/v1/live", Host="rebound.evil.example:6066")
        assert status == 421
        assert "set DESKPULSE_WEB_TOKEN" in json.loads(text)["error"]


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("localhost:6066", True),
        ("LOCALHOST", True),
        ("desk.localhost", True),
        ("127.0.0.1:6066", True),
        ("[::1]:6066", True),
        ("192.0.2.1", True),
        ("host.docker.internal:6066", True),
        ("intranet.example", True),
        (None, True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("evillocalhost", False),
        ("127.0.0.1.evil.example", False),
        ("[::1", False),
        ("user@evil.example", False),
    ],
)
def test_without_a_token_only_names_that_nobody_else_can_lead_here_are_answered(host, answered):
    access = Access(load_settings(web_cors_origins=ORIGIN))
    assert (access.refuse_host(host) is None) is answered


def test_with_a_token_or_for_the_whole_network_any_name_is_answered():
    assert Access(load_settings(**TOKENS)).refuse_host("evil.example") is None
    assert Access(load_settings(web_host="0.0.0.0")).refuse_host("desk.example") is None


async def test_a_stream_has_the_headers_too():
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        return response

    view = seen()
    pages = Pages(view, view.settings)  # type: ignore[arg-type]  # as above
    pages._boards.routes = lambda: [web.get("/api/v1/boards", stream)]  # type: ignore[method-assign]
    host, port = await pages.start()
    try:
        status, text, headers = await ask(f"http://{host}:{port}/api/v1/boards")
    finally:
        await pages.stop()
    assert (status, text) == (200, "data: 1\n\n")
    assert SECURITY_HEADERS.items() <= dict(headers).items()


async def test_a_token_in_what_is_no_http_is_not_logged(caplog):
    async with served(**TOKENS) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        writer.write(f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN}\0\r\n\r\n".encode())
        answer = await reader.read(1000)
        writer.close()
        await writer.wait_closed()
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert ADMIN not in caplog.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "desk.example", "10.0.0.5"])
def test_pages_that_everybody_who_reaches_them_may_read_are_warned_of(host):
    warning = unguarded(load_settings(web_host=host))
    assert warning is not None
    assert warning.startswith(f"anyone who reaches {host} reads all numbers")
    assert "DESKPULSE_WEB_TOKEN" in warning
    assert unguarded(load_settings(web_host=host, **TOKENS)) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_pages_of_this_machine_alone_are_not_warned_of(host):
    assert unguarded(load_settings(web_host=host)) is None


async def test_a_worker_that_begins_to_serve_everybody_says_so_in_one_line(caplog):
    for host, warnings in (("0.0.0.0", 1), ("127.0.0.1", 0)):
        caplog.clear()
        view = seen(web_host=host)
        service = PagesService(view)  # type: ignore[arg-type]  # View has what Pages reads of a WorkerView
        with caplog.at_level(logging.INFO, "deskpulse.serve"):
            await service.on_start()
            await service.on_stop()
        said = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(said) == warnings
