"""A real Apache Kafka: one KRaft broker on this machine, with a listener for each way to connect."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.kafka.certificates import Certificates, make_certificates
from tests.kafka.node import HOST, Node, free_ports, new_cluster_id, urls

USER: Final = "desk"
PASSWORD: Final = "a secret of the tests"

# Name -> protocol. LOST tells its clients an address at which nobody is.
LISTENERS: Final = {
    "PLAIN": "PLAINTEXT",
    "SASL": "SASL_PLAINTEXT",
    "TLS": "SASL_SSL",
    "MUTUAL": "SSL",
    "LOST": "PLAINTEXT",
    "CONTROLLER": "PLAINTEXT",
}


class KafkaServer(Node):
    """A broker that keeps its data in `folder`, so it can be stopped, killed and started again on them."""

    def __init__(self, folder: Path) -> None:
        self.certificates: Certificates = make_certificates(folder / "certificates")
        self.ports = dict(zip(LISTENERS, free_ports(len(LISTENERS)), strict=True))
        super().__init__(folder, self._settings(folder), self.ports["PLAIN"])
        self.format(new_cluster_id(), "--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")

    def address(self, listener: str = "PLAIN") -> str:
        """Return host:port of a listener."""
        return f"{HOST}:{self.ports[listener]}"

    def _settings(self, folder: Path) -> dict[str, str]:
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        clients = {name: port for name, port in self.ports.items() if name != "CONTROLLER"}
        advertised = {**clients, "LOST": 1}
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{self.ports['CONTROLLER']}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listeners": urls(self.ports),
            "advertised.listeners": urls(advertised),
            "listener.security.protocol.map": ",".join(f"{name}:{how}" for name, how in LISTENERS.items()),
            "log.dirs": str(folder / "data"),
            # One broker, and tests that do not wait for others to join a group.
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            # Compact as soon as there is something to compact.
            "log.cleaner.backoff.ms": "200",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.sasl.plain.sasl.jaas.config": f'{plain} required user_{USER}="{PASSWORD}";',
            "listener.name.sasl.scram-sha-512.sasl.jaas.config": f"{scram} required;",
            "listener.name.tls.scram-sha-512.sasl.jaas.config": f"{scram} required;",
            "listener.name.tls.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.mutual.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.certificates.server),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.certificates.authority),
        }
