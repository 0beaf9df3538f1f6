"""When no broker can be had: one line that says why and which setting to look at."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from stream.broker import connection
from stream.broker.connection import admin
from stream.broker.errors import BrokerUnavailable
from stream.settings import Settings
from tests.kafka.server import PASSWORD, USER, KafkaServer


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 1.0)
    monkeypatch.setattr(connection, "PROBE_SECONDS", 1.0)


async def _refusal(**overrides: Any) -> str:
    with pytest.raises(BrokerUnavailable) as caught:
        async with admin(Settings(**overrides)):
            pytest.fail("a broker was reached")
    text = str(caught.value)
    assert "\n" not in text, "one line"
    assert PASSWORD not in text
    return text


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is held and does not listen, so nobody answers there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextlib.asynccontextmanager
async def _server(says: bytes | None) -> AsyncIterator[str]:
    """Some other server: it answers anything with `says`, or, with None, with silence."""

    served = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        await reader.read(1)
        if says is not None:
            writer.write(says)
        else:
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        # A client that gave up may still be noticed late, and a socket must not be left to the garbage collector.
        await asyncio.gather(*(task for task in served if task is not None))


async def test_nothing_listens(closed_port: int) -> None:
    text = await _refusal(broker=f"127.0.0.1:{closed_port}")
    assert f"127.0.0.1:{closed_port}: nothing listens there" in text
    assert "DESKPULSE_BROKER" in text


async def test_a_name_that_nobody_knows() -> None:
    text = await _refusal(broker="kafka.invalid:9092")
    assert text.startswith("kafka.invalid:9092: the name cannot be resolved")


async def test_every_server_of_the_list_is_named(closed_port: int) -> None:
    text = await _refusal(broker=f"kafka.invalid:9092,127.0.0.1:{closed_port}")
    assert "kafka.invalid:9092: the name" in text
    assert f"127.0.0.1:{closed_port}: nothing listens" in text


async def test_one_server_of_the_list_is_enough(embedded_broker: str, closed_port: int) -> None:
    async with admin(Settings(broker=f"127.0.0.1:{closed_port},{embedded_broker}")) as client:
        assert await client.list_topics() is not None


async def test_a_server_that_never_answers() -> None:
    async with _server(None) as address:
        assert f"{address}: no answer within 1 s" in await _refusal(broker=address)


async def test_a_server_that_closes_the_connection() -> None:
    async with _server(b"") as address:
        assert f"{address}: it closed the connection" in await _refusal(broker=address)


async def test_tls_where_there_is_none(embedded_broker: str) -> None:
    text = await _refusal(broker=embedded_broker, security_protocol="SSL")
    assert "DESKPULSE_SECURITY_PROTOCOL is SSL" in text


async def test_an_address_that_is_none() -> None:
    text = await _refusal(broker="localhost:kafka")
    assert text == "DESKPULSE_BROKER is 'localhost:kafka'; accepted is host:port, several separated by commas"


async def test_a_certificate_file_that_is_not_there(tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    text = await _refusal(security_protocol="SSL", ssl_cafile=missing)
    assert f"DESKPULSE_SSL_CAFILE={missing}" in text


@pytest.mark.kafka
class TestKafkaListeners:
    """Every way to connect to a real Kafka, and what is said when the settings do not fit the listener."""

    SASL: ClassVar[dict[str, Any]] = {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_username": USER,
        "sasl_password": PASSWORD,
    }

    @pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
    async def test_sasl(self, kafka_server: KafkaServer, mechanism: str) -> None:
        settings = Settings(broker=kafka_server.address("SASL"), sasl_mechanism=mechanism, **self.SASL)
        async with admin(settings) as client:
            assert (await client.describe_cluster())["brokers"]

    async def test_sasl_over_tls(self, kafka_server: KafkaServer) -> None:
        settings = Settings(
            broker=kafka_server.address("TLS"),
            sasl_mechanism="SCRAM-SHA-512",
            ssl_cafile=kafka_server.certificates.authority,
            **{**self.SASL, "security_protocol": "SASL_SSL"},
        )
        async with admin(settings) as client:
            assert (await client.describe_cluster())["brokers"]

    async def test_a_client_certificate(self, kafka_server: KafkaServer) -> None:
        settings = Settings(
            broker=kafka_server.address("MUTUAL"),
            security_protocol="SSL",
            ssl_cafile=kafka_server.certificates.authority,
            ssl_certfile=kafka_server.certificates.client_certificate,
            ssl_keyfile=kafka_server.certificates.client_key,
        )
        async with admin(settings) as client:
            assert (await client.describe_cluster())["brokers"]

    @pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
    async def test_a_wrong_password(self, kafka_server: KafkaServer, mechanism: str) -> None:
        wrong = {**self.SASL, "sasl_password": "wrong", "sasl_mechanism": mechanism}
        text = await _refusal(broker=kafka_server.address("SASL"), **wrong)
        assert "it refuses DESKPULSE_SASL_USERNAME with DESKPULSE_SASL_PASSWORD" in text

    async def test_a_mechanism_that_is_not_offered(self, kafka_server: KafkaServer) -> None:
        text = await _refusal(broker=kafka_server.address("SASL"), **{**self.SASL, "sasl_mechanism": "SCRAM-SHA-256"})
        assert "it does not offer DESKPULSE_SASL_MECHANISM=SCRAM-SHA-256" in text

    async def test_an_authority_that_is_not_known(self, kafka_server: KafkaServer) -> None:
        text = await _refusal(broker=kafka_server.address("MUTUAL"), security_protocol="SSL")
        assert "certificate not trusted" in text
        assert "DESKPULSE_SSL_CAFILE" in text

    async def test_a_client_certificate_that_is_missing(self, kafka_server: KafkaServer) -> None:
        text = await _refusal(
            broker=kafka_server.address("MUTUAL"),
            security_protocol="SSL",
            ssl_cafile=kafka_server.certificates.authority,
        )
        assert re.search(r"client certificate|closed the connection", text)

    @pytest.mark.parametrize(
        ("listener", "protocol"),
        [("TLS", "PLAINTEXT"), ("PLAIN", "SSL"), ("SASL", "PLAINTEXT"), ("PLAIN", "SASL_PLAINTEXT")],
    )
    async def test_another_protocol_than_the_listener_has(
        self, kafka_server: KafkaServer, listener: str, protocol: str
    ) -> None:
        overrides = {**self.SASL, "security_protocol": protocol}
        text = await _refusal(broker=kafka_server.address(listener), **overrides)
        assert f"DESKPULSE_SECURITY_PROTOCOL is {protocol}" in text

    async def test_a_broker_that_names_an_address_out_of_reach(self, kafka_server: KafkaServer) -> None:
        """As from outside a Docker network: the bootstrap server answers and sends clients elsewhere."""
        text = await _refusal(broker=kafka_server.address("LOST"))
        assert f"{kafka_server.address('LOST')} answers but names 127.0.0.1:1 as the address of a broker" in text
        assert text.endswith("fix advertised.listeners of the broker")
