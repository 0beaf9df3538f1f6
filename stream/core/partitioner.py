"""Which partition a key belongs to, as producers compute it."""

from __future__ import annotations

from functools import cache, lru_cache
from struct import Struct
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


@lru_cache(maxsize=1 << 15)  # the same customers are told again and again
def meeting_place(key: bytes, partitions: int, partitioner: Partitioner) -> int:
    """Return the partition in which what several partitions know of a key is brought together.

    It is the key's own; where that is anybody's choice (`trust`), they have to agree on one all the same.
    """
    home = partition_of(key, partitions, partitioner)
    return (murmur2(key) & 0x7FFFFFFF) % partitions if home is None else home


def murmur2(data: bytes) -> int:
    """Return the 32-bit MurmurHash2 of data with Kafka's seed (org.apache.kafka.common.utils.Utils.murmur2)."""
    length = len(data)
    h = _SEED ^ length
    rest = length & 3
    for word in _words(length >> 2).unpack_from(data):
        k = word * _M & _MASK
        h = h * _M & _MASK ^ (k ^ k >> 24) * _M & _MASK
    if rest:
        h = (h ^ int.from_bytes(data[-rest:], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


@cache
def _words(count: int) -> Struct:
    return Struct(f"<{count}I")
