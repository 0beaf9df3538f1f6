"""Sorting in bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.importer.spool import Spool


@given(st.lists(st.tuples(st.sampled_from(["", "a", "ä", "b\0c"]), st.integers(0, 3), st.binary(max_size=3))))
def test_a_spool_sorts_by_key_and_time_and_keeps_the_order_of_equals(items: list[tuple[str, int, bytes]]) -> None:
    with Spool() as spool:
        for item in items:
            spool.put(*item)
        assert list(spool.sorted()) == sorted(items, key=lambda item: (item[0].encode(), item[1]))
        assert len(spool) == len(items)


def test_a_spool_holds_more_than_a_batch() -> None:
    with Spool() as spool:
        for n in range(5_000):
            spool.put("", -n, b"%d" % n)
        assert [int(body) for _, _, body in spool.sorted()] == list(reversed(range(5_000)))
