"""What is wrong with changelogs, and with who writes them, as far as it can be told without reading them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stream.broker.commits import LogState, read_log_states
from stream.broker.diagnosis import Trouble
from stream.engine.changelog.continuity import REBUILD
from stream.engine.changelog.log_identity import desk_digest
from stream.engine.changelog.lost import cut_short
from stream.engine.reading.commit_note import CommitNote
from stream.settings import Settings


async def changelog_troubles(settings: Settings) -> list[Trouble]:
    """Return what is wrong: lost, another desk's, or with bad records, by partition; and owners that do not agree.

    Raises BrokerUnavailable.
    """
    states = await read_log_states(settings)
    troubles = [trouble for number, state in states.items() for trouble in _troubles(settings, number, state)]
    return [*troubles, *meaning_troubles(settings, states)]


def _troubles(settings: Settings, number: int, state: LogState) -> Iterator[Trouble]:
    about = f"{settings.changelog_topic} partition {number}"
    if reason := cut_short(state, state.end):
        yield Trouble(
            about,
            f"the changelog does not hold what the committed offsets imply: {reason}; stop the workers first",
            f"{REBUILD} --partition {number}",
        )
    notes = _notes(state)
    if any(note.desk != desk_digest(settings.desk()) for note in notes):
        yield Trouble(
            about,
            f"workers of another desk (other topics, partitions or partitioner) commit as {settings.app_id} too: "
            "deskpulse changelog inspect says which",
            "DESKPULSE_APP_ID=another name, on one of the two desks",
        )
    if notes and (bad := _newest(notes).bad):
        yield Trouble(
            about,
            f"when offsets were committed last, {bad:,} records of it could not be read: what they hold may be missing "
            "from the numbers. deskpulse changelog inspect lists them; stop the workers first",
            f"deskpulse changelog repair --partition {number}",
        )


def meaning_troubles(settings: Settings, states: Mapping[int, LogState]) -> Iterator[Trouble]:
    """Say of workers that count by different versions of what the numbers mean which partitions they have."""
    found: dict[int, list[int]] = {}
    for number, state in states.items():
        if notes := _notes(state):
            found.setdefault(_newest(notes).meaning, []).append(number)
    if len(found) > 1:
        which = (
            f"partitions {', '.join(map(str, numbers))} by {f'version {meaning}' if meaning else 'an earlier version'}"
            for meaning, numbers in sorted(found.items())
        )
        yield Trouble(
            f"group {settings.app_id}",
            f"its workers count by different versions of what the numbers mean, so they cannot be added up: "
            f"{'; '.join(which)}",
            "one version of Deskpulse on all workers",
        )


def _notes(state: LogState) -> list[CommitNote]:
    decoded = (CommitNote.decode(kept.metadata) for kept in state.committed.values())
    return [note for note in decoded if note is not None]


def _newest(notes: list[CommitNote]) -> CommitNote:
    """Return what was committed last, by where the changelog ended; of several the one of the later version."""
    return max(notes, key=lambda note: (note.end, note.meaning))
