"""Open an admin connection, or say in one line why there is none and how to fix it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import errors as kafka_errors
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest

from stream.broker.errors import BrokerUnavailable
from stream.settings import Settings

REQUEST_SECONDS: Final = 10.0
PROBE_SECONDS: Final = 5.0


@asynccontextmanager
async def admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give an admin client that has spoken to the cluster.

    Raises:
        BrokerUnavailable: no bootstrap server answers, it refuses us, or the brokers it names cannot be reached.
    """
    options = client_options(settings)
    try:
        client = AIOKafkaAdminClient(**options, request_timeout_ms=int(REQUEST_SECONDS * 1000))
        try:
            await client.start()
            await client.describe_cluster()
        except BaseException:
            await client.close()
            raise
    except (kafka_errors.KafkaError, OSError, TimeoutError) as error:
        raise BrokerUnavailable(await _why_not(settings, options) or _plain(error)) from error
    try:
        yield client
    finally:
        await client.close()


def client_options(settings: Settings) -> dict[str, Any]:
    """Return the connection options of the settings.

    Raises:
        BrokerUnavailable: the address is none, or the TLS files cannot be used; the text names the setting.
    """
    try:
        collect_hosts(settings.broker, randomize=False)
    except ValueError as error:
        raise BrokerUnavailable(
            f"DESKPULSE_BROKER is {settings.broker!r}; accepted is host:port, several separated by commas"
        ) from error
    try:
        return settings.kafka_client_options()
    except (OSError, ssl.SSLError) as error:
        files = {
            "DESKPULSE_SSL_CAFILE": settings.ssl_cafile,
            "DESKPULSE_SSL_CERTFILE": settings.ssl_certfile,
            "DESKPULSE_SSL_KEYFILE": settings.ssl_keyfile,
        }
        given = ", ".join(f"{name}={path}" for name, path in files.items() if path is not None)
        raise BrokerUnavailable(f"the TLS files cannot be used ({_plain(error)}): {given}") from error


async def _why_not(settings: Settings, options: dict[str, Any]) -> str:
    """Try each bootstrap server by hand, because the client only logs why it gave up on one."""
    reasons = []
    for host, port, _ in collect_hosts(settings.broker, randomize=False):
        server = f"{host}:{port}"
        try:
            reasons += await _unreachable_brokers(server, await _open(host, port, options), options, settings)
        except (kafka_errors.KafkaError, OSError, TimeoutError) as error:
            reasons.append(_refusal(server, error, settings))
    return "; ".join(reasons)


async def _unreachable_brokers(
    server: str, connection: AIOKafkaConnection, options: dict[str, Any], settings: Settings
) -> list[str]:
    """Clients use the bootstrap server only to learn the brokers' own addresses: see which of those fail."""
    try:
        metadata = await connection.send(MetadataRequest([]))
    finally:
        connection.close()
    reasons = []
    for _, host, port, *_ in metadata.brokers:
        try:
            (await _open(host, port, options)).close()
        except (kafka_errors.KafkaError, OSError, TimeoutError) as error:
            reasons.append(
                f"{server} answers but names {host}:{port} as the address of a broker, which cannot be used from "
                f"here ({_refusal(f'{host}:{port}', error, settings)}): fix advertised.listeners of the broker"
            )
    return reasons


async def _open(host: str, port: int, options: dict[str, Any]) -> AIOKafkaConnection:
    rest = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    return await create_conn(host, port, request_timeout_ms=int(PROBE_SECONDS * 1000), **rest)


def _refusal(server: str, error: Exception, settings: Settings) -> str:
    """Name what went wrong with one server, and the setting to look at."""
    protocol = f"DESKPULSE_SECURITY_PROTOCOL is {settings.security_protocol}"
    match error:
        case socket.gaierror():
            why = "the name cannot be resolved; set DESKPULSE_BROKER to host:port of a Kafka broker"
        case ConnectionRefusedError():
            why = "nothing listens there; start the broker, or set DESKPULSE_BROKER to its host:port"
        case ssl.SSLCertVerificationError():
            why = f"certificate not trusted ({error.verify_message}); set DESKPULSE_SSL_CAFILE to its authority's PEM"
        case ssl.SSLError():
            why = f"no TLS there, or it wants a client certificate ({_plain(error)}); {protocol}"
        case kafka_errors.UnsupportedSaslMechanismError():
            why = f"it does not offer DESKPULSE_SASL_MECHANISM={settings.sasl_mechanism} ({_plain(error)})"
        case kafka_errors.SaslAuthenticationFailed() | kafka_errors.AuthenticationFailedError():
            why = f"it refuses DESKPULSE_SASL_USERNAME with DESKPULSE_SASL_PASSWORD ({_plain(error)})"
        case kafka_errors.IllegalSaslStateError():
            why = f"it takes no SASL there; {protocol}"
        case TimeoutError():
            why = f"no answer within {PROBE_SECONDS:.0f} s; a firewall, or no Kafka broker? {protocol}"
        case kafka_errors.KafkaConnectionError() | ConnectionError():
            why = f"it closed the connection, as when another protocol is expected; {protocol}"
        case _:
            why = _plain(error)
    return f"{server}: {why}"


def _plain(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
