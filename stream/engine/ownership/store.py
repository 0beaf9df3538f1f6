"""Faust's table of entities, kept in `Custody` by partition instead of in one dictionary.

Faust decides which partitions are here and reads the changelog; what a record means is for `Partition.load`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from faust.stores import base as stores
from faust.tables.table import Table
from faust.types import TP, EventT

from stream.engine.ownership.custody import Custody
from stream.engine.process.fatal import end_process


class EntityStore(stores.Store):  # type: ignore[misc]  # faust ships no types that strict mypy can follow
    """Brings changelog chunks to custody and drops partitions the moment they leave."""

    custody: Custody

    def apply_changelog_batch(
        self, batch: Iterable[EventT], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Merge chunks of changelog records. Ends the process on any error: Faust would only log it and go on."""
        for event in batch:
            message = event.message
            try:
                self.custody.load(message.partition, message.value.records)
            except Exception as error:  # noqa: BLE001 - the end of the process, see fatal.py
                end_process(f"while reading the changelog up to {message.tp} offset {message.offset}", error)

    def persisted_offset(self, tp: TP) -> int:
        """Return the last offset that is in memory, so that a partition that stays is not read all over.

        -1 and not None for none, as Faust would take None for "where I was before".
        """
        held = self.custody.held.get(tp.partition)
        return -1 if held is None or held.known is None else held.known

    def set_persisted_offset(self, tp: TP, offset: int) -> None:
        """Do nothing: custody knows its offsets."""

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Drop what has left."""
        changelog = self.table.changelog_topic_name
        self.custody.keep_only(tp.partition for tp in assigned if tp.topic == changelog)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Speak for the recovered partitions."""
        try:
            await self.custody.recovered([tp.partition for tp in active_tps])
        except Exception as error:  # noqa: BLE001 - as above
            end_process("while taking recovered partitions into service", error)

    def reset_state(self) -> None:
        """Do nothing: partitions are dropped when they leave."""

    async def need_active_standby_for(self, tp: TP) -> bool:
        """Return True, as Faust wants: nothing of a partition is kept where it is not active."""
        return True

    async def backup_partition(self, tp: TP | int, flush: bool = True, purge: bool = False, keep: int = 1) -> None:
        """Refuse: the changelog is the only copy."""
        raise NotImplementedError("partitions live in memory and in the changelog; there is no file to back up")

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """Refuse, as above."""
        raise NotImplementedError("partitions live in memory and in the changelog; there is no backup to restore")

    def _clear(self) -> None:
        self.custody.keep_only(())


class EntityTable(Table):  # type: ignore[misc]  # as above
    """The table of ticket and survey states."""

    def __init__(self, *args: Any, custody: Custody, **kwargs: Any) -> None:
        """custody: where the partitions live."""
        self.custody = custody
        super().__init__(*args, **kwargs)

    def _new_store(self) -> EntityStore:
        store = EntityStore("custody://", self.app, self, table_name=self.name)
        store.custody = self.custody
        return store
