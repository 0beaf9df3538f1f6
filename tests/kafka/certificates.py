"""Certificates of an authority that only the tests know, made with openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.kafka.jars import program

# Elliptic curves, because making RSA keys takes seconds on a busy machine.
_NEW_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files. `server` holds key and certificate in one, as Kafka wants them."""

    authority: Path
    server: Path
    client_certificate: Path
    client_key: Path


def make_certificates(folder: Path) -> Certificates:
    """Make an authority and what it signs: a server at 127.0.0.1 and a client."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    _openssl(
        *("req", "-x509", *_NEW_KEY, "-days", "2", "-subj", "/CN=tests"),
        *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        *("-keyout", str(authority_key), "-out", str(authority)),
    )
    for name, extensions in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        request, given = folder / f"{name}.csr", folder / f"{name}.extensions"
        key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
        given.write_text(f"{extensions}\nauthorityKeyIdentifier=keyid\n")
        _openssl(
            *("req", *_NEW_KEY, "-subj", f"/CN={name}"),
            *("-keyout", str(key), "-out", str(request)),
        )
        _openssl(
            *("x509", "-req", "-in", str(request), "-CA", str(authority), "-CAkey", str(authority_key)),
            *("-CAcreateserial", "-days", "2", "-extfile", str(given), "-out", str(certificate)),
        )
    server = folder / "server.pem"
    server.write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())
    return Certificates(authority, server, folder / "client.crt", folder / "client.key")


def _openssl(*arguments: str) -> None:
    subprocess.run([program("openssl"), *arguments], check=True, capture_output=True, timeout=60)
