"""RSA signatures of SHA-1 and SHA-256 (PKCS #1 v1.5), checked with the key of a certificate. Public keys only.

That is all that Amazon SNS needs, so it is written out here (RFC 8017, section 8.2.2) in place of a library in C. The
certificate is trusted for where it came from, by TLS; its own chain and dates are not looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from typing import Literal, NamedTuple

Hash = Literal["sha1", "sha256"]

# What stands before the hash in what is signed: the algorithm, in DER.
_PREFIX = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}
_SEQUENCE, _INTEGER, _BITS, _VERSION = 0x30, 0x02, 0x03, 0xA0
_RSA = bytes.fromhex("06092a864886f70d010101")
_LEAST_BITS, _MOST_BITS = 2048, 8192
_LARGEST_EXPONENT = 1 << 32


class PublicKey(NamedTuple):
    """An RSA key."""

    modulus: int
    exponent: int


def is_signed(key: PublicKey, text: bytes, signature: bytes, digest: Hash) -> bool:
    """Say whether the signature is of this text under this key."""
    size = (key.modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= key.modulus:
        return False
    found = pow(number, key.exponent, key.modulus).to_bytes(size, "big")
    tail = _PREFIX[digest] + hashlib.new(digest, text).digest()
    expected = b"\x00\x01" + b"\xff" * (size - len(tail) - 3) + b"\x00" + tail
    return hmac.compare_digest(found, expected)


def key_of_certificate(pem: str) -> PublicKey:
    """Return the key of a certificate; raises ValueError for what is none, or has another kind of key."""
    try:
        certificate = _Der(_Der(ssl.PEM_cert_to_DER_cert(pem)).take(_SEQUENCE))
        signed = _Der(certificate.take(_SEQUENCE))
        if signed.next() == _VERSION:
            signed.take(_VERSION)
        signed.take(_INTEGER)  # the serial number
        for _ in ("algorithm", "issuer", "validity", "subject"):
            signed.take(_SEQUENCE)
        holder = _Der(signed.take(_SEQUENCE))
        if not holder.take(_SEQUENCE).startswith(_RSA):
            raise ValueError("the key is not RSA")
        numbers = _Der(_Der(holder.take(_BITS)[1:]).take(_SEQUENCE))
        key = PublicKey(*(int.from_bytes(numbers.take(_INTEGER), "big") for _ in range(2)))
    except IndexError as error:
        raise ValueError("the certificate is cut short") from error
    if not _LEAST_BITS <= key.modulus.bit_length() <= _MOST_BITS or not 3 <= key.exponent < _LARGEST_EXPONENT:
        raise ValueError("the key is smaller or larger than is safe")
    return key


class _Der:
    """Values of DER, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def next(self) -> int:
        """Return the tag of the next value."""
        return self._data[self._at]

    def take(self, tag: int) -> bytes:
        """Return the content of the next value, which has this tag; raises ValueError, and IndexError at the end."""
        if self.next() != tag:
            raise ValueError("the certificate is not one of X.509")
        length, begin = self._data[self._at + 1], self._at + 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 4:
                raise ValueError("the certificate has a length that none has")
            length, begin = int.from_bytes(self._data[begin : begin + size], "big"), begin + size
        if begin + length > len(self._data):
            raise IndexError(length)
        self._at = begin + length
        return self._data[begin : self._at]
