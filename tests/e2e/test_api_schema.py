"""Schemathesis asks the API all that its OpenAPI document allows, and what it does not; with tokens, over a socket."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stream.serve.http.access import ROLES
from stream.serve.server import Pages
from tests.served import seen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ADMIN, LEAD, BOARD = "the-token-of-an-admin", "the-token-of-a-lead", "the-token-of-a-board"
# Which choices a metric has is not to be said in OpenAPI: a choice of another metric is refused all the same. Streams
# do not end; tests/unit/test_boards_served.py reads them.
CONFIG = """
[[operations]]
include-path = "/api/v1/explain"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-path = "/api/v1/boards/{name}"
parameters = { "path.name" = "default" }

[[operations]]
include-path = "/page/{path}"
parameters = { "path.path" = "live.js" }
"""


@pytest.fixture
async def url() -> AsyncIterator[str]:
    view = seen(web_token=ADMIN, web_lead_token=LEAD, web_board_token=BOARD)
    pages = Pages(view, view.settings)  # type: ignore[arg-type]  # View has what Pages reads of a WorkerView
    host, port = await pages.start()
    yield f"http://{host}:{port}"
    await pages.stop()


@pytest.mark.parametrize("token", [ADMIN, BOARD])
async def test_every_answer_is_as_the_document_says_whatever_is_asked(url: str, token: str, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{url}/api/v1/openapi.json"),
        *("--exclude-path", "/api/v1/boards/{name}/stream", "--header", f"Authorization: Bearer {token}"),
        *("--phases", "coverage,fuzzing", "--max-examples", "15", "--seed", "1", "--no-color"),
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, cwd=tmp_path)
    output, _ = await process.communicate()
    said = output.decode()
    assert process.returncode == 0, said
    assert re.search(rf"Tested: +{len(ROLES) - 2}\b", said), said  # it leaves out its own document, and we streams
