"""The API described for programs: an OpenAPI 3.1 document, with the windows and dimensions that are set here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from aiohttp import web

from stream.core.facts import WAITS
from stream.core.policy import Policy
from stream.engine.desk.view import WorkerView
from stream.numbers.registry import switched_on
from stream.report.question import options
from stream.serve.api.board_schemas import board_schemas
from stream.serve.api.numbers import SCOPES, known_windows
from stream.serve.api.schemas import Schema, ref, schemas
from stream.serve.api.tickets import LIMIT, MOST
from stream.serve.http.access import ROLES, Role
from stream.serve.http.answers import json_answer

_JSON = "application/json"
_ERRORS = {
    "400": "A parameter is not known, or its value cannot be used; the error says what is accepted.",
    "401": "No bearer token, or one that is not known.",
    "403": "The token's role is too low; the error says which one is needed.",
    "404": "There is no such thing.",
    "421": "The name that this worker was called by is not its own (only without tokens, on a loopback address).",
    "429": "Too many ask at a time.",
    "500": "A defect; the worker's log says more.",
    "503": "The worker has no numbers yet, or no room; ask again after Retry-After seconds.",
}
_RETRY: Schema = {"description": "Seconds after which to ask again.", "schema": {"type": "string"}}
_HEADERS: Mapping[str, Mapping[str, Schema]] = {
    "401": {"WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}}},
    "403": {"WWW-Authenticate": {"description": "The role that is needed.", "schema": {"type": "string"}}},
    "429": {"Retry-After": _RETRY},
    "503": {"Retry-After": _RETRY},
}


class OpenApi:
    """Serves /api/v1/openapi.json."""

    def __init__(self, view: WorkerView) -> None:
        """Describe the API of this view."""
        self._view = view

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the route."""
        return [web.get("/api/v1/openapi.json", self._document)]

    async def _document(self, _request: web.Request) -> web.StreamResponse:
        return json_answer(document(self._view.policy, guarded=self._view.settings.web_token is not None))


def document(policy: Policy, *, guarded: bool) -> dict[str, Any]:
    """Return the OpenAPI document of a worker under this policy; guarded: whether it has tokens."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Deskpulse",
            "version": version("deskpulse"),
            "description": "The live numbers of a support desk. Every route may only be read. Tokens have roles: board "
            "reads numbers, lead also the ids of tickets, admin everything. Without tokens set, all is open.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {path: {"get": _secured(path, operation, guarded)} for path, operation in _operations(policy).items()},
        "components": {
            "schemas": schemas(policy) | board_schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operations(policy: Policy) -> dict[str, Schema]:
    dimensions = [_dimension(name) for name in policy.labels]
    limit = _parameter("limit", "How many are listed at most.", _whole(1, MOST, LIMIT))
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    text: Schema = {"type": "string"}
    sections: Schema = {"enum": list(switched_on(policy))}
    return {
        "/": _operation("page", "The live page.", "text/html", text),
        "/wallboard": _operation("wallboard", "The page of the first wallboard.", "text/html", text),
        "/wallboard/{name}": _operation(
            "wallboardNamed", "The page of a wallboard; it asks for its layout by the name.", "text/html", text, name
        ),
        "/page/{path}": _operation(
            "asset", "A file of the pages.", "*/*", {}, name | {"name": "path"}, errors=("404",), unchanged=True
        ),
        "/healthz": _operation("health", "Whether the process runs.", _JSON, ref("Health")),
        "/readyz": _operation("ready", "Whether it shows numbers.", _JSON, ref("Ready"))
        | {"responses": _both_ways("Whether it shows numbers; 503 if not.", "Ready")},
        "/metrics": _operation("metrics", "This worker's numbers for Prometheus.", "text/plain", text),
        "/api/v1/openapi.json": _operation("openapi", "This document.", _JSON, {"type": "object"}),
        "/api/v1/live": _operation(
            "live",
            "The numbers of the whole desk at this second.",
            _JSON,
            ref("Live"),
            _parameter("scope", "Whose numbers: the desk's, or of this worker's partitions.", {"enum": list(SCOPES)}),
            _repeatable("window", "Windows to show; all if none is named.", {"enum": list(known_windows(policy))}),
            _repeatable("section", "Sections to show; all if none is named.", sections),
            *dimensions,
            errors=("400", "429", "503"),
            unchanged=True,
            aged=True,
        ),
        "/api/v1/waiting": _operation(
            "waiting",
            "The tickets of the whole desk that wait longest for an answer; whether some may be missing.",
            _JSON,
            ref("Waiting"),
            limit,
            _repeatable("for", "What they wait for; either if left out.", {"enum": list(WAITS)}),
            *dimensions,
            errors=("400", "503"),
        ),
        "/api/v1/explain": _operation(
            "explain",
            "How a number of this worker's partitions was made.",
            _JSON,
            ref("Explanation"),
            _parameter("metric", "The section of the snapshot.", sections) | {"required": True},
            _parameter("window", "Needed unless the number is as of now.", {"enum": list(known_windows(policy))}),
            *_choices(policy),
            limit,
            *dimensions,
            errors=("400", "429", "503"),
        ),
        "/api/v1/boards": _operation("boards", "The wallboards there are.", _JSON, ref("Boards")),
        "/api/v1/boards/{name}": _operation(
            "board", "The layout of a wallboard.", _JSON, ref("Layout"), name, errors=("404",)
        ),
        "/api/v1/boards/{name}/stream": _operation(
            "stream",
            "What a wallboard shows: server-sent events `page` (which page this worker serves), `layout` (as the route "
            "above), `trend` (the last hour), and `numbers` each second.",
            "text/event-stream",
            text,
            name,
            errors=("404", "503"),
        ),
    }


def _choices(policy: Policy) -> list[Schema]:
    """Return the parameters that choose among the rows of one metric or another; a label is described as one."""
    values: dict[str, list[str]] = {}
    users: dict[str, list[str]] = {}
    for name, number in switched_on(policy).items():
        for choice, accepted in options(number, policy).items():
            users.setdefault(choice, []).append(name)
            known = values.setdefault(choice, [])
            known.extend(value for value in accepted if value not in known)
    return [
        _parameter(choice, f"For {', '.join(users[choice])}.", {"enum": accepted} if accepted else {})
        for choice, accepted in values.items()
        if choice not in policy.labels
    ]


def _operation(
    name: str,
    summary: str,
    content_type: str,
    schema: Schema,
    *parameters: Schema,
    errors: tuple[str, ...] = (),
    unchanged: bool = False,
    aged: bool = False,
) -> Schema:
    responses: dict[str, Schema] = {"200": {"description": summary, "content": {content_type: {"schema": schema}}}}
    if unchanged:
        tag = {"ETag": {"description": "Give it back as If-None-Match.", "schema": {"type": "string"}}}
        if aged:
            tag["Age"] = {
                "description": "How old the numbers are, in seconds.",
                "schema": {"type": "integer"},
            }
        responses["200"]["headers"] = tag
        responses["304"] = {"description": "Nothing has changed since the ETag of If-None-Match.", "headers": tag}
    responses |= {status: _error(status) for status in (*errors, "421", "500")}
    return {"operationId": name, "summary": summary, "parameters": list(parameters), "responses": responses}


def _secured(path: str, operation: Schema, guarded: bool) -> Schema:
    """Add who may ask."""
    role = ROLES[path]
    if role is None:
        return operation | {"security": []}
    responses = operation["responses"]
    if guarded:
        responses |= {status: _error(status) for status in (("401", "403") if role > Role.BOARD else ("401",))}
    return operation | {
        "responses": responses,
        "security": [{"token": []}] if guarded else [],
        "description": f"For the role {role.text} or higher.",
    }


def _error(status: str) -> Schema:
    response: Schema = {"description": _ERRORS[status], "content": {_JSON: {"schema": ref("Error")}}}
    return response | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _both_ways(description: str, schema: str) -> dict[str, Schema]:
    response = {"description": description, "content": {_JSON: {"schema": ref(schema)}}}
    return {"200": response, "503": response, "421": _error("421"), "500": _error("500")}


def _parameter(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"} | schema}


def _repeatable(name: str, description: str, schema: Schema) -> Schema:
    items = {"type": "string"} | schema
    array = {"type": "array", "items": items, "minItems": 1}
    return {"name": name, "in": "query", "description": description, "schema": array, "explode": True}


def _dimension(name: str) -> Schema:
    return _repeatable(name, f"Only what has one of these values of the label {name}.", {})


def _whole(least: int, most: int, default: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}
