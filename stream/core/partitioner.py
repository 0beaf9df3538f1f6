"""Which partition a key belongs to, as producers compute it."""

from __future__ import annotations

from zlib import crc32

from stream.core.policy import Partitioner

_SEED = 0x9747B28C
_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def partition_of(key: bytes, partitions: int, partitioner: Partitioner) -> int | None:
    """Return the partition of a key, None where the partitioner is `trust` and anything is right."""
    if partitioner is Partitioner.MURMUR2:
        return (murmur2(key) & 0x7FFFFFFF) % partitions
    if partitioner is Partitioner.CRC32:
        return crc32(key) % partitions
    return None


def murmur2(data: bytes) -> int:
    """Return the 32-bit MurmurHash2 of data with Kafka's seed (org.apache.kafka.common.utils.Utils.murmur2)."""
    length = len(data)
    h = _SEED ^ length
    whole = length & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * _M & _MASK
        k = (k ^ k >> 24) * _M & _MASK
        h = h * _M & _MASK ^ k
    if length & 3:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15
