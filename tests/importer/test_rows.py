"""Reading files: CSV and JSONL, plain and gzipped, and what is wrong with them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.importer.rows import MAX_ROW_CHARACTERS, SourceError
from stream.mapping.mapping_file import bundled
from tests.importer.imported import Imported, imported

MAPPING = """
version: 1
rows: events
ticket: "{Id}"
at: "{When}"
attributes: {queue: "{Team?}"}
rules:
  - emit: opened
"""
T = "2026-03-02T12:00:00Z"


def tickets(found: Imported) -> list[str]:
    return [event["ticket_id"] for event in found.events]


def test_columns_are_found_by_name_in_any_order_and_case() -> None:
    found = imported(MAPPING, f"team,WHEN,noise, id \nA,{T},x,7\n")
    assert [(event["ticket_id"], event["queue"]) for event in found.events] == [("7", "A")]


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_text() -> None:
    assert tickets(imported(MAPPING, b"\xef\xbb\xbfId,When\r\n7," + T.encode() + b"\r\n")) == ["7"]


def test_a_quoted_field_may_have_commas_and_lines_in_it_and_the_row_is_named_by_its_first_line() -> None:
    found = imported(MAPPING, f'Id,When,Text\n1,{T},"a,\nb\nc"\n2,never,x\n3,{T},y\n')
    assert tickets(found) == ["1", "3"]
    assert found.refusals == [(5, "time")]


def test_a_delimiter_and_an_encoding_can_be_said() -> None:
    mapping = MAPPING + "file: {delimiter: ';', encoding: cp1252}\n"
    found = imported(mapping, f"Id;When;Team\n7;{T};Qualität\n".encode("cp1252"))
    assert found.events[0]["queue"] == "Qualität"


def test_tsv_files_have_tabs() -> None:
    assert tickets(imported(MAPPING, f"Id\tWhen\n7\t{T}\n", "export.tsv")) == ["7"]


def test_a_gzipped_file_is_told_by_its_content() -> None:
    body = gzip.compress(f"Id,When\n7,{T}\n".encode())
    assert tickets(imported(MAPPING, body, "export.csv.gz")) == ["7"]
    assert tickets(imported(MAPPING, body, "export.csv")) == ["7"]


def test_json_lines_have_keys_in_keys_numbers_and_lists() -> None:
    mapping = MAPPING.replace("{Id}", "{ticket.id}").replace("{Team?}", "{tags}")
    content = f'{{"ticket": {{"id": 7}}, "When": "{T}", "tags": ["a", "b"]}}\n\n'
    found = imported(mapping, content, "export.jsonl")
    assert [(event["ticket_id"], event["queue"]) for event in found.events] == [("7", "a b")]


def test_a_json_key_with_a_dot_in_it_comes_before_the_path() -> None:
    mapping = MAPPING.replace("{Id}", "{ticket.id}")
    assert tickets(imported(mapping, f'{{"ticket.id": 7, "ticket": {{"id": 8}}, "When": "{T}"}}', "e.jsonl")) == ["7"]


def test_an_expression_selects_from_a_row_of_a_csv_and_from_json() -> None:
    mapping = MAPPING.replace("{Team?}", "{=[Team, Group][?@] | [0]}")
    assert imported(mapping, f"Id,When,Team,Group\n7,{T},,B\n").events[0]["queue"] == "B"
    assert imported(mapping, f'{{"Id": 7, "When": "{T}", "Group": "B"}}', "e.jsonl").events[0]["queue"] == "B"


def test_a_row_whose_expression_costs_too_much_is_refused_and_the_rest_is_imported() -> None:
    deep = "".join(f"[{'@,' * 9}@]|" for _ in range(6))
    mapping = MAPPING.replace("{Team?}", f"{{=Team && ({deep}@)}}")
    found = imported(mapping, f"Id,When,Team\n1,{T},x\n2,{T},\n")
    assert found.refusals == [(2, "too_large")]
    assert tickets(found) == ["2"]


def test_items_of_a_line_are_rows_and_a_bad_one_is_kept_by_itself() -> None:
    mapping = MAPPING.replace("rules:", "each: items\nrules:").replace("{When}", "{_parent.When}")
    line = f'{{"When": "{T}", "items": [{{"Id": 1}}, {{"Id": ""}}, {{"Id": 3}}]}}\n{{"When": "{T}"}}\n'
    found = imported(mapping, line, "e.jsonl")
    assert tickets(found) == ["1", "3"]
    assert [(record["line"], record["reason"], record["row"]) for record in found.rejected] == [
        (1, "no_ticket", {"Id": ""}),
        (2, "value", {"When": T}),
    ]


def test_what_is_no_object_is_no_event_as_it_is() -> None:
    mapping = "version: 1\nrows: events\neach: items\nrules: [{emit: event}]\n"
    found = imported(mapping, '{"items": ["specversion", 7]}', "e.jsonl")
    assert [record["detail"] for record in found.rejected] == [
        "got str; accepts an event, which is a JSON object",
        "got int; accepts an event, which is a JSON object",
    ]


def test_bad_rows_are_refused_with_line_reason_and_row_and_the_rest_is_imported() -> None:
    content = b"Id,When\n1,%(t)s\n2\n3,%(t)s,x\n\xff\xfe,%(t)s\n5,soon\n,%(t)s\n7,%(t)s\n" % {b"t": T.encode()}
    found = imported(MAPPING, content)
    assert tickets(found) == ["1", "7"]
    assert [(record["line"], record["reason"], record["row"]) for record in found.rejected] == [
        (3, "columns", ["2"]),
        (4, "columns", ["3", T, "x"]),
        (5, "encoding", {"Id": "��", "When": T}),
        (6, "time", {"Id": "5", "When": "soon"}),
        (7, "no_ticket", {"Id": "", "When": T}),
    ]


def test_bad_json_lines_are_refused_and_the_rest_is_imported() -> None:
    lines = [
        b'{"Id": 1, "When": "%s"}' % T.encode(),
        b'{"Id": 2',
        b"[]",
        b'"x"',
        b"\xff",
        b'{"Id": 6, "When": "%s"}' % T.encode(),
    ]
    found = imported(MAPPING, b"\n".join(lines), "export.jsonl")
    assert tickets(found) == ["1", "6"]
    assert found.refusals == [(2, "not_json"), (3, "not_json"), (4, "not_json"), (5, "encoding")]


def test_a_quote_that_nobody_closes_does_not_take_the_whole_file_into_memory() -> None:
    rows = f"8,{T}\n" * (MAX_ROW_CHARACTERS // 20)
    found = imported(MAPPING, f'Id,When\n7,{T}\n9,"{T}\n{rows}')
    assert tickets(found)[0] == "7"
    assert (3, "too_large") in found.refusals


def test_a_json_line_beyond_reason_is_refused_unread() -> None:
    body = b'{"Id": "' + b"x" * MAX_ROW_CHARACTERS + b'"}\n{"Id": 2, "When": "%s"}\n' % T.encode()
    found = imported(MAPPING, body, "export.jsonl")
    assert tickets(found) == ["2"]
    assert found.refusals == [(1, "too_large")]


def test_a_repeated_column_counts_where_it_is_filled() -> None:
    found = imported(MAPPING, f"Id,When,Team,Team\n1,{T},,B\n2,{T},A,B\n")
    assert [event["queue"] for event in found.events] == ["B", "A"]


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (
            "Id,Wen\n",
            "e.csv",
            r"e\.csv:1: the mapping reads the column 'when' \(did you mean Wen\?\), the file has Id, Wen",
        ),
        ("", "e.csv", r"the file has none"),
        ("x", "e.xlsx", r"is it CSV or JSONL\? set file\.format"),
        ('[{"Id": 1}]', "e.jsonl", r"is one JSON array; accepts one object a line"),
    ],
)
def test_a_file_that_cannot_be_read_as_the_mapping_says_ends_the_import(content: str, name: str, expected: str) -> None:
    with pytest.raises(SourceError, match=expected):
        imported(MAPPING, content, name)


@pytest.mark.parametrize("damage", [lambda body: body[:-20], lambda body: body[:30] + b"\xff" * 8 + body[38:]])
def test_a_gzipped_file_that_is_damaged_ends_the_import_and_says_so(damage: Callable[[bytes], bytes]) -> None:
    body = gzip.compress("".join(f"{n},{T}\n" for n in range(500)).encode())
    with pytest.raises(SourceError, match="the file is damaged"):
        imported(MAPPING.replace("{Id}", "x"), damage(gzip.compress(b"When\n") + body), "export.csv.gz")


def test_a_file_of_another_wide_encoding_ends_the_import_and_says_so() -> None:
    with pytest.raises(SourceError, match="is not utf-16 text"):
        imported(MAPPING + "file: {encoding: utf-16}\n", "Id,When\n".encode("utf-16") + b"x")


def test_a_limit_reads_so_many_rows_and_no_more() -> None:
    found = imported(MAPPING, f"Id,When\n1,{T}\n2,x\n3,{T}\n", limit=2)
    assert (tickets(found), found.tally.rows, len(found.rejected)) == (["1"], 2, 1)


@given(
    st.binary(max_size=300).filter(lambda content: not content.startswith(b"\x1f\x8b")),
    st.sampled_from(["e.csv", "e.jsonl"]),
)
def test_no_bytes_make_an_import_fail_and_every_row_is_accounted_for(content: bytes, name: str) -> None:
    head = b"Id,When,Team\n" if name == "e.csv" else b""
    found = imported(MAPPING, head + content, name)
    assert found.tally.rows == len(found.events) + len(found.rejected) + found.tally.skipped


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_no_cells_make_an_import_fail_and_every_row_is_accounted_for(cells: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("Id", "When", "Team"), *((ticket, T, team) for ticket, team in cells)])
    found = imported(MAPPING, text.getvalue().encode("utf-8", "surrogatepass"))
    assert found.tally.rows == len(cells) == len(found.events) + len(found.rejected)


def test_the_examples_beside_their_mappings_import_without_a_refusal() -> None:
    for mapping in sorted(Path("examples/mappings").glob("*.yaml")):
        (export,) = (path for path in mapping.parent.glob(f"{mapping.stem}.*") if path != mapping)
        found = imported(mapping.read_text("utf-8"), export.read_bytes(), export.name)
        assert found.events
        assert not found.rejected


EXCEL = f"Id;When;Team\n7;{T};A, B\n8;{T};\n"


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_what_stands_between_the_fields_is_told_by_the_header(delimiter: str) -> None:
    found = imported(MAPPING, f"Id{delimiter}When{delimiter}Note\n7{delimiter}{T}{delimiter}x\n")
    assert (tickets(found), found.rejected) == (["7"], [])


@pytest.mark.parametrize("mark", ["sep=;\n", "sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_a_first_line_says_what_stands_between_the_fields_as_excel_writes_it(mark: str) -> None:
    found = imported(MAPPING, mark + EXCEL + "9;soon;\n")
    assert [(event["ticket_id"], event.get("queue")) for event in found.events] == [("7", "A, B"), ("8", None)]
    assert [record["line"] for record in found.rejected] == [5]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        (EXCEL.replace("A", "Ä"), "a.csv"),
        (f'{{"Id": 7, "When": "{T}", "Team": "Ä, B"}}\n{{"Id": 8, "When": "{T}"}}\n', "a.jsonl"),
    ],
)
def test_a_mark_says_what_encoding_a_file_has(encoding: str, packed: bool, text: str, name: str) -> None:
    content = text.encode(encoding)
    found = imported(MAPPING, gzip.compress(content) if packed else content, name)
    assert [(event["ticket_id"], event.get("queue")) for event in found.events] == [("7", "Ä, B"), ("8", None)]


def test_a_header_that_does_not_fit_names_what_can_be_done_about_it() -> None:
    with pytest.raises(SourceError, match=r":2: the mapping reads the column 'id'.*file\.delimiter in the mapping"):
        imported(MAPPING, "sep=#\nId,When\n7,x\n")


@pytest.mark.parametrize("number", ["12345678901234567890123", "12345678901234567890124", "18446744073709551616", "-1"])
@pytest.mark.parametrize("inside", ["{}", '{{"a": [{}], "b": {{"c": {}}}}}'])
def test_ids_beyond_64_bits_keep_all_their_digits(number: str, inside: str) -> None:
    more = inside.replace("{}", number) if "a" in inside else number
    line = f'{{"Id": {number}, "When": "{T}", "more": {more.replace("{{", "{").replace("}}", "}")}}}\n'
    assert tickets(imported(MAPPING, line, "a.jsonl")) == [number]


@pytest.mark.parametrize(
    ("said", "scores"),
    [
        *((word, [5]) for word in ("Good", "goodwithcomment", "good_with_comment", "Good with comment")),
        *((word, [1]) for word in ("bad", "badwithcomment", "Bad with comment")),
        *((word, []) for word in ("Offered", "Unoffered", "", "Goodish")),
    ],
)
def test_a_rating_of_zendesk_counts_with_a_comment_or_without(said: str, scores: list[int]) -> None:
    head = "Id,Created at,Solved at,Updated at,Status,Via,Priority,Group,First reply time in minutes,Tags"
    row = f"1,{T},{T},{T},Solved,Mail,High,Billing,12,"
    mapping = bundled()["zendesk-tickets"].read_text("utf-8")
    found = imported(mapping, f"{head},Satisfaction Score\n{row},{said}\n")
    assert [
        event["score"] for event in found.events if event["type"] == "survey.answered" and "score" in event
    ] == scores
