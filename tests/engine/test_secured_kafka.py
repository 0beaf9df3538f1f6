"""A worker on a Kafka that wants a password, a certificate, or both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DeskSettings
from tests.engine.desk import open_desk
from tests.engine.test_numbers import assert_exact, story
from tests.kafka.server import PASSWORD, USER, KafkaServer

pytestmark = pytest.mark.kafka


def secured(server: KafkaServer, how: str) -> dict[str, Any]:
    """Return the settings of one way to connect."""
    password = {"sasl_username": USER, "sasl_password": PASSWORD}
    authority = {"ssl_cafile": server.certificates.authority}
    return {
        "sasl": {"broker": server.address("SASL"), "security_protocol": "SASL_PLAINTEXT", **password},
        "sasl over tls": {
            "broker": server.address("TLS"),
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            **password,
            **authority,
        },
        "client certificate": {
            "broker": server.address("MUTUAL"),
            "security_protocol": "SSL",
            "ssl_certfile": server.certificates.client_certificate,
            "ssl_keyfile": server.certificates.client_key,
            **authority,
        },
    }[how]


@pytest.mark.parametrize("how", ["sasl", "sasl over tls", "client certificate"])
async def test_a_worker_connects_and_counts(
    desk_settings: DeskSettings, tmp_path: Path, kafka_server: KafkaServer, how: str
) -> None:
    events = story(30)
    with open_desk(desk_settings(partitions=2, **secured(kafka_server, how)), tmp_path) as desk:
        await desk.create_topics()
        await desk.send(events)
        worker = desk.start()
        assert_exact(events, await worker.until_caught_up(), tmp_path)
        assert PASSWORD not in worker.log
        assert await worker.terminate() == 0
