"""Partitions are chosen as producers choose them."""

from __future__ import annotations

from zlib import crc32

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from stream.core.partitioner import murmur2, partition_of
from stream.core.policy import Partitioner


@given(st.binary(min_size=1, max_size=200), st.integers(1, 64))
def test_murmur2_chooses_as_kafkas_default_partitioner(key, partitions):
    all_partitions = list(range(partitions))
    assert partition_of(key, partitions, Partitioner.MURMUR2) == DefaultPartitioner()(
        key, all_partitions, all_partitions
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)],
)
def test_murmur2_agrees_with_kafkas_own_test_vectors(key, expected):
    assert murmur2(key) == expected % (1 << 32)


def test_crc32_is_librdkafkas_and_trust_is_never_wrong():
    assert partition_of(b"T1", 8, Partitioner.CRC32) == crc32(b"T1") % 8
    assert partition_of(b"T1", 8, Partitioner.TRUST) is None
