"""Whether a changelog is the one that the committed offsets imply, and still holds all of it."""

from __future__ import annotations

from stream.broker.commits import LogState
from stream.engine.changelog.log_identity import LogIdentity
from stream.engine.reading.commit_note import CommitNote


def cut_short(state: LogState, end: int) -> str:
    """Say what is missing at the end of a log, from its end alone; empty if nothing is known to be missing.

    end: the offset that its next record gets.
    """
    notes = _notes(state)
    if notes and (needed := max(note.end for note in notes)) > end:
        return (
            f"it reached offset {needed:,} when offsets of the sources were committed, and ends at {end:,} now: it was "
            "truncated, or deleted and created again"
        )
    if not notes and not end and _was_read(state):
        return EMPTY
    return ""


def why_lost(state: LogState, end: int, identity: LogIdentity | None, *, held: bool) -> str:
    """Say why a changelog that was read must not be used as it is; empty if it may.

    state: as it was before we wrote to it. end: where it ended then. identity: what its records say it is. held:
    whether it had any other record.
    """
    if identity is not None and identity.lost:
        return identity.lost
    if reason := cut_short(state, end):
        return reason
    committed = {note.log for note in _notes(state)}
    if identity is None:
        if committed:
            return f"offsets were committed for the changelog {min(committed)}, and this is another one without a name"
        return EMPTY if _was_read(state) and not held else ""
    if others := committed - {identity.id}:
        return f"offsets were committed for the changelog {min(others)}, and this is {identity.id}"
    if state.begin > identity.begin:
        return (
            f"its records before offset {state.begin:,} were deleted, and it was complete from {identity.begin:,} on: "
            "a changelog has to have cleanup.policy=compact alone"
        )
    return ""


def moved(state: LogState, identity: LogIdentity | None) -> dict[str, int]:
    """Return the committed offsets that no worker committed, by topic.

    identity: what the changelog's records say it is; once offsets carried notes, those of workers always do.
    """
    if identity is None or not identity.noted:
        return {}
    return {topic: kept.offset for topic, kept in state.committed.items() if CommitNote.decode(kept.metadata) is None}


def is_noted(state: LogState) -> bool:
    """Say whether any committed offset carries a worker's note."""
    return bool(_notes(state))


EMPTY = "it is empty, but offsets of the sources were committed: what was read up to there is in no number"


def _notes(state: LogState) -> list[CommitNote]:
    decoded = (CommitNote.decode(kept.metadata) for kept in state.committed.values())
    return [note for note in decoded if note is not None]


def _was_read(state: LogState) -> bool:
    return any(kept.offset > 0 for kept in state.committed.values())
