"""What the engine warns of reaches standard error, whichever logger it was given."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from importlib import import_module
from stream.engine.process.narration import narrate
from stream.settings import Settings

narrate(Settings(log_format=sys.argv[3], log_level=sys.argv[4]))
service = getattr(import_module(sys.argv[1]), sys.argv[2])
service.logger.warning("could not finish in time")
service.logger.info("a step")
"""


@pytest.mark.parametrize(
    ("module", "service"),
    [
        ("stream.engine.reading.transport", "ChunkConsumer"),
        ("stream.engine.reading.fetching", "PromptThread"),
        ("stream.engine.app", "DeskApp"),
        ("stream.engine.ownership.store", "EntityTable"),
    ],
)
def test_what_a_service_of_ours_warns_of_is_seen(module: str, service: str) -> None:
    [line] = _said(module, service, "human", "info")
    assert line.endswith(" warning: could not finish in time")


def test_it_is_seen_as_json_too_and_not_below_the_level() -> None:
    [line] = _said("stream.engine.reading.transport", "ChunkConsumer", "json", "info")
    assert '"message":"could not finish in time"' in line
    assert not _said("stream.engine.reading.transport", "ChunkConsumer", "human", "error")


def _said(*arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stderr.splitlines()
