"""Which workers of a folder are dead: those whose lock the kernel has taken away, and no other."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from stream.engine.process.predecessors import Register
from stream.settings import Settings

NOBODY = "127.0.0.1:1"


Enter = Callable[..., Register]


@pytest.fixture
def enter(tmp_path: Path) -> Iterator[Enter]:
    """Give a function that enters a worker by name; what still holds a lock in the end loses it."""
    with contextlib.ExitStack() as living:

        def enter(name: str, app_id: str = "desk") -> Register:
            worker = Register(Settings(data_dir=tmp_path, app_id=app_id, broker=NOBODY), name)
            worker.enter()
            living.callback(worker.strike)
            return worker

        yield enter


def die(worker: Register) -> None:
    """Lose the lock and leave the file, as a process that is killed does."""
    assert worker._held is not None
    worker._held.close()


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "members").iterdir()}


async def test_a_living_worker_of_the_same_folder_is_left_alone(
    enter: Enter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    enter("first")
    second = enter("second")
    assert await second.succeed() == 0
    assert files(tmp_path) == {"first.json", "second.json"}
    assert caplog.text == ""


async def test_a_worker_that_ends_in_order_leaves_no_file(enter: Enter, tmp_path: Path) -> None:
    enter("worker").strike()
    assert files(tmp_path) == set()


async def test_a_dead_worker_that_cannot_be_made_to_leave_is_named_and_is_not_forgotten(
    enter: Enter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    die(enter("first"))
    second = enter("second")
    assert await second.succeed() == 0
    assert "first ended without leaving the group, and could not be made to leave" in caplog.text
    assert NOBODY in caplog.text
    assert "wait for a session of 10 s" in caplog.text
    assert files(tmp_path) == {"first.json", "second.json"}


async def test_a_dead_worker_of_another_group_is_left_to_a_successor_of_its_own(
    enter: Enter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    die(enter("other", app_id="other-desk"))
    worker = enter("worker")
    assert await worker.succeed() == 0
    assert files(tmp_path) == {"other.json", "worker.json"}
    assert caplog.text == ""


async def test_a_worker_of_another_machine_is_never_taken_for_dead(
    enter: Enter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    die(enter("far"))
    path = tmp_path / "members" / "far.json"
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {"host": "another-machine"}))
    worker = enter("worker")
    assert await worker.succeed() == 0
    assert files(tmp_path) == {"worker.json"}
    assert caplog.text == ""


@pytest.mark.parametrize("content", [b"", b"[]", b'{"client_id": "x"}', b"\xff"])
async def test_a_file_that_names_no_worker_is_reported_and_removed(
    enter: Enter, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    worker = enter("worker")
    (tmp_path / "members" / "broken.json").write_bytes(content)
    assert await worker.succeed() == 0
    assert "broken.json does not name a worker" in caplog.text
    assert files(tmp_path) == {"worker.json"}
