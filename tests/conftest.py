"""What every test may use: one shared embedded broker, and settings that are a test's own on it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from stream.broker.embedded import EmbeddedBroker
from stream.settings import PREFIX, Settings
from tests.kafka.jars import CannotRunKafkaError
from tests.kafka.server import KafkaServer
from tests.tries import USUAL_PROFILE

settings.load_profile(USUAL_PROFILE)  # a profile that the command line names is loaded after it

# Tests that run side by side are told of a terminal of 80 columns, which no test has asked for.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

DeskSettings = Callable[..., Settings]
TOPIC_SETTINGS = (
    *("ticket_opened", "ticket_response", "ticket_status", "survey", "customer"),
    *("dead_letter", "repartition", "alerts", "live_counts"),
)


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[str]:
    """Address of an embedded broker that lives as long as the test run."""
    with EmbeddedBroker() as running:
        yield running.address


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A real Kafka that lives as long as the test run; only for tests marked `kafka`, it takes 10 s to start."""
    try:
        server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    except CannotRunKafkaError as reason:
        pytest.skip(str(reason))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def broker(embedded_broker: str) -> str:
    """Address of the broker under test. A folder's conftest overrides it to run its tests on another one."""
    return embedded_broker


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def each_broker(request: pytest.FixtureRequest) -> str:
    """Address of one broker after the other: the embedded one, and with `-m kafka` a real Kafka."""
    if request.param == "embedded":
        return str(request.getfixturevalue("embedded_broker"))
    address: str = request.getfixturevalue("kafka_server").address()
    return address


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Neither the shell's variables nor a deskpulse.toml in the working directory reach a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        empty = tmp_path_factory.mktemp("settings") / "empty.toml"
        empty.touch()
        patch.setenv(f"{PREFIX}CONFIG", str(empty))
        yield


@pytest.fixture
def desk_settings(broker: str, tmp_path: Path) -> DeskSettings:
    """Make settings whose group and topics are this test's own; each call gives a new desk.

    Keyword arguments override, e.g. `desk_settings(partitions=2)`. Topics are not created: call
    `await stream.broker.topics.ensure(settings)`.
    """

    def make(**overrides: Any) -> Settings:
        app_id = overrides.pop("app_id", f"desk-{uuid.uuid4().hex[:12]}")
        own: dict[str, Any] = {f"topic_{name}": f"{app_id}-{name.replace('_', '-')}" for name in TOPIC_SETTINGS}
        own |= {
            "app_id": app_id,
            "broker": broker,
            "data_dir": tmp_path / app_id,
            "web_port": 0,
            # The embedded broker holds back a group's first join for half of it.
            "session_timeout_seconds": 3,
        }
        return Settings(**(own | overrides))

    return make
