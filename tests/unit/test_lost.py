"""Which changelogs are lost, by what their records and the committed offsets say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiokafka.structs import OffsetAndMetadata

from stream.broker.commits import LogState
from stream.engine.changelog.check import meaning_troubles
from stream.engine.changelog.log_identity import LogIdentity
from stream.engine.changelog.lost import EMPTY, cut_short, why_lost
from stream.engine.reading.commit_note import CommitNote, is_news
from stream.engine.reading.last_record import LastRecord
from stream.settings import load_settings

DESK = {"topics": {"survey": "survey"}, "partitions": 1, "partitioner": "murmur2"}
IDENTITY = LogIdentity("log-1", 0, DESK, "worker", 0)


def state(*, log: str = "log-1", end: int = 40, begin: int = 0, now: int = 50, noted: bool = True) -> LogState:
    metadata = CommitNote(log, end, "digest").encode() if noted else ""
    return LogState(begin, now, {"survey": OffsetAndMetadata(7, metadata), "customer": OffsetAndMetadata(0, "")})


@pytest.mark.parametrize(
    ("state", "identity", "held", "why"),
    [
        (state(), IDENTITY, True, ""),
        (state(end=50), IDENTITY, True, ""),
        (state(noted=False), IDENTITY, True, ""),  # a worker of an earlier version committed
        (state(noted=False), None, True, ""),  # and wrote
        (LogState(0, 0, {}), None, False, ""),  # a new desk
        (LogState(0, 0, {"survey": OffsetAndMetadata(0, "")}), None, False, ""),  # that began with an empty topic
        (state(end=51), IDENTITY, True, "it reached offset 51 "),
        (state(now=0), None, False, "it reached offset 40 "),
        (state(), None, False, "this is another one without a name"),
        (state(), None, True, "this is another one without a name"),
        (state(log="log-0"), IDENTITY, True, "committed for the changelog log-0, and this is log-1"),
        (state(begin=3), IDENTITY, True, "its records before offset 3 were deleted"),
        (state(begin=3), replace(IDENTITY, begin=3), True, ""),  # complete since then
        (state(noted=False), None, False, EMPTY),
        (state(), replace(IDENTITY, lost="as was found before"), True, "as was found before"),
    ],
)
def test_a_changelog_is_lost_if_it_is_not_what_the_committed_offsets_imply(state, identity, held, why):
    said = why_lost(state, state.end, identity, held=held)
    assert (why in said) if why else said == ""


def test_its_end_alone_shows_that_it_was_truncated():
    assert cut_short(state(), 40) == ""
    assert "ends at 39 now" in cut_short(state(), 39)


@pytest.mark.parametrize("metadata", ["", "by hand", "[]", '{"log":1,"end":2,"desk":"d"}', '{"log":"x"}'])
def test_metadata_that_is_not_ours_says_nothing(metadata):
    assert CommitNote.decode(metadata) is None


@pytest.mark.parametrize("last", [None, LastRecord(6, "5e0c")])
def test_a_note_is_read_back(last):
    note = CommitNote("log-1", 40, "digest", last)
    assert CommitNote.decode(note.encode()) == note


def test_a_note_of_an_earlier_version_does_not_say_what_the_last_record_was():
    assert CommitNote.decode('{"log":"x","end":2,"desk":"d"}') == CommitNote("x", 2, "d")


def noted(*notes):
    committed = {f"topic-{i}": OffsetAndMetadata(7, note.encode()) for i, note in enumerate(notes)}
    return LogState(0, 50, committed)


def test_workers_of_different_versions_are_named_with_their_partitions():
    old, new = CommitNote("log-1", 40, "digest"), CommitNote("log-1", 41, "digest", meaning=2)
    settings = load_settings()
    assert list(meaning_troubles(settings, {0: noted(new), 1: noted(old, new), 2: noted()})) == []
    [trouble] = meaning_troubles(settings, {0: noted(new), 1: noted(old), 2: noted(old)})
    assert "partitions 1, 2 by an earlier version; partitions 0 by version 2" in trouble.text


@pytest.mark.parametrize(
    ("old", "metadata", "news"),
    [
        (None, "", True),
        (CommitNote("log-1", 40, "d", None, 0, 1), "", False),  # no changelog to name yet
        (CommitNote("log-1", 40, "d", None, 0, 1), CommitNote("log-1", 41, "d", None, 0, 1).encode(), False),
        (CommitNote("log-1", 40, "d", None, 2, 1), CommitNote("log-1", 41, "d", None, 0, 1).encode(), True),
        (CommitNote("log-1", 40, "d"), CommitNote("log-1", 41, "d", None, 0, 1).encode(), True),
    ],
)
def test_offsets_are_committed_again_if_their_note_says_what_is_no_longer_so(old, metadata, news):
    assert is_news(old, metadata) is news


def test_an_identity_is_read_back_and_fields_of_later_versions_are_left_out():
    full = replace(IDENTITY, rebuild={"survey": 9}, lost="why")
    assert LogIdentity.decode(full.encode()) == full
    assert LogIdentity.decode(full.encode()[:-1] + b',"mood":"good"}') == full
    for garbage in (b"", b"[]", b"{}", b'{"id":1}'):
        with pytest.raises(ValueError, match=r"JSON|needs|unexpected|empty"):
            LogIdentity.decode(garbage)
