"""What is wrong with changelogs as far as it can be told without reading them."""

from __future__ import annotations

from collections.abc import Iterator

from stream.broker.commits import LogState, read_log_states
from stream.broker.diagnosis import Trouble
from stream.engine.continuity import REBUILD
from stream.engine.log_identity import CommitNote, desk_digest
from stream.engine.lost import cut_short
from stream.settings import Settings


async def changelog_troubles(settings: Settings) -> list[Trouble]:
    """Return what is wrong, by partition: lost, or another desk's. Raises BrokerUnavailable."""
    states = await read_log_states(settings)
    return [trouble for number, state in states.items() for trouble in _troubles(settings, number, state)]


def _troubles(settings: Settings, number: int, state: LogState) -> Iterator[Trouble]:
    about = f"{settings.changelog_topic} partition {number}"
    if reason := cut_short(state, state.end):
        yield Trouble(
            about,
            f"the changelog does not hold what the committed offsets imply: {reason}; stop the workers first",
            f"{REBUILD} --partition {number}",
        )
    notes = [CommitNote.decode(kept.metadata) for kept in state.committed.values()]
    if any(note is not None and note.desk != desk_digest(settings.desk()) for note in notes):
        yield Trouble(
            about,
            f"workers of another desk (other topics, partitions or partitioner) commit as {settings.app_id} too: "
            "deskpulse changelog inspect says which",
            "DESKPULSE_APP_ID=another name, on one of the two desks",
        )
