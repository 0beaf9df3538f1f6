"""The rejects file."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from stream.importer.rejects import Rejects, RejectsError
from stream.mapping.refusal import Cause, Refusal

WRONG = Refusal(Cause.TIME, "got 'soon'")


def test_a_refused_row_is_kept_with_line_reason_detail_and_itself(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    with Rejects(path) as rejects:
        rejects.add(7, WRONG, {"Id": "1", "When": "soon"})
    record = {"line": 7, "reason": "time", "detail": "got 'soon'", "row": {"Id": "1", "When": "soon"}}
    assert orjson.loads(path.read_bytes()) == record


def test_the_file_is_written_anew_and_goes_when_nothing_is_refused_any_more(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    for line in (1, 2):
        with Rejects(path) as rejects:
            rejects.add(line, WRONG, None)
        assert orjson.loads(path.read_bytes())["line"] == line
    with Rejects(path):
        pass
    assert not path.exists()


def test_what_an_earlier_import_left_stays_when_this_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    path.write_text("earlier")
    with pytest.raises(RuntimeError), Rejects(path):
        raise RuntimeError
    assert path.read_text() == "earlier"


def test_without_a_file_rows_are_counted_and_one_of_each_cause_is_remembered() -> None:
    with Rejects(None) as rejects:
        for line in range(3):
            rejects.add(line, WRONG, None)
    assert (rejects.total, rejects.causes[Cause.TIME], rejects.examples) == (3, 3, {Cause.TIME: ["line 0: got 'soon'"]})


def test_a_file_that_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    with (
        pytest.raises(RejectsError, match=r"none/rejected\.jsonl: cannot be written: No such file or directory"),
        Rejects(tmp_path / "none" / "rejected.jsonl") as rejects,
    ):
        rejects.add(1, WRONG, None)
