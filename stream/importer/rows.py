"""Rows of a CSV or JSONL file, plain or gzipped, one at a time; a bad one is a value and the rest is read on."""

from __future__ import annotations

import codecs
import csv
import difflib
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

from stream.mapping.declared import EventLog, TicketTable, wanted_columns
from stream.mapping.delivery import json_of
from stream.mapping.document import Cells
from stream.mapping.expression import Steps, TooCostlyError
from stream.mapping.items import Item, items_of
from stream.mapping.refusal import Cause, Refusal
from stream.mapping.values import shown

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

# A stray quote makes the rest of a file one field; this is where the reader stops believing it.
MAX_ROW_CHARACTERS = 1_048_576
_DELIMITERS = (",", ";", "\t", "|")
_SEP = re.compile(r'"?sep=([^"\r\n])"?\r?\n?', re.IGNORECASE)
_GZIP = b"\x1f\x8b"
_SURROGATE = re.compile("[\ud800-\udfff]")
_FORMATS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class SourceError(Exception):
    """A file that cannot be imported at all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the line it begins in, the cells that the mapping reads by folded column name, and all of it."""

    line: int
    cells: dict[str, str]
    original: Any


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read."""

    line: int
    refusal: Refusal
    original: Any


class Source:
    """An open export.

    SourceError if the file cannot be opened, is of no known format, or lacks a column that the mapping reads and that
    it must have.
    """

    def __init__(self, path: Path, mapping: EventLog | TicketTable) -> None:
        self.path = path
        self._mapping = mapping
        self._wanted = wanted_columns(mapping)
        self._selected = {name: column for name, column in self._wanted.items() if column.expression}
        shape = mapping.file
        self._encoding = (
            "utf-8-sig" if shape.encoding.replace("_", "-").lower() in ("utf-8", "utf8") else shape.encoding
        )
        suffixes = [suffix.lower() for suffix in path.suffixes]
        kind = next((s for s in reversed(suffixes) if s in _FORMATS), "")
        self._format = _FORMATS.get(kind, "") if shape.format == "auto" else shape.format
        if not self._format:
            raise SourceError(f"{path}: is it CSV or JSONL? set file.format in the mapping (the name does not say)")
        self._delimiter = shape.delimiter or ("\t" if kind == ".tsv" else "")  # the header says it
        try:
            self._raw: BufferedReader = path.open("rb")
            self.size_bytes = path.stat().st_size or None  # a pipe does not know
            start = self._raw.peek(len(_GZIP))[: len(_GZIP)]
        except OSError as error:
            raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
        # All are closed by __exit__; gzip does not close the file that it is given.
        packed = gzip.GzipFile(fileobj=self._raw) if start == _GZIP else None
        self._plain = self._raw if packed is None else io.BufferedReader(packed)
        self._skipped = 0
        """Lines before the header."""

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._plain.close()
        self._raw.close()

    @property
    def read_bytes(self) -> int:
        """How far into the file, compressed or not, reading has come."""
        return self._raw.tell() if self.size_bytes and not self._raw.closed else 0

    def rows(self) -> Iterator[Row | BadRow]:
        """Read the rows in order; SourceError where a damaged file ends."""
        try:
            if self._plain.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                self._encoding = "utf-16"  # which the mark says, whatever the mapping does
            yield from self._csv() if self._format == "csv" else self._jsonl()
        except (EOFError, OSError, zlib.error) as error:
            raise SourceError(f"{self.path}: the file is damaged: {error}") from error
        except UnicodeError as error:  # encodings of more than a byte, where a reader cannot find its way back
            raise SourceError(f"{self.path}: is not {self._encoding} text: {error}") from error

    def _csv(self) -> Iterator[Row | BadRow]:
        csv.field_size_limit(MAX_ROW_CHARACTERS)
        # Bytes that are no text come through as lone surrogates, so that one bad row does not end the file.
        text = io.TextIOWrapper(self._plain, self._encoding, errors="surrogateescape", newline="")
        try:
            first = text.readline()
            if found := _SEP.fullmatch(first):  # as Excel writes and reads it
                self._delimiter, self._skipped = found[1], 1
                first = text.readline()
            self._delimiter = self._delimiter or self._delimiter_of(first)
            yield from self._records(csv.reader(chain([first] if first else [], text), delimiter=self._delimiter))
        finally:
            text.detach()  # the file is closed by __exit__ alone

    def _delimiter_of(self, header: str) -> str:
        """Return what stands between the names that the mapping reads; a comma if that is not clear."""
        named = [name for name in self._wanted if name not in self._selected]

        def found(delimiter: str) -> int:
            names = {cell.strip().casefold() for cell in next(csv.reader([header], delimiter=delimiter), [])}
            return sum(name in names for name in named)

        return max(_DELIMITERS, key=found)

    def _records(self, lines: CsvReader) -> Iterator[Row | BadRow]:
        try:
            header = next(lines, [])
        except csv.Error as error:
            raise SourceError(f"{self.path}: the header cannot be read: {error}") from error
        places = self._places(header)
        while True:
            line = lines.line_num + 1 + self._skipped
            try:
                fields = next(lines)
            except StopIteration:
                break
            except csv.Error as error:
                yield BadRow(line, Refusal(Cause.TOO_LARGE, str(error)), None)
                continue
            if not fields:
                continue
            if len(fields) != len(header):
                wrong = Refusal(Cause.COLUMNS, f"got {len(fields)} fields; the header has {len(header)}")
                yield BadRow(line, wrong, [_printable(field) for field in fields])
            elif not all(map(_is_text, fields)):
                yield BadRow(line, self._not_text(), _record(header, [_printable(field) for field in fields]))
            else:
                cells = {name: next((t for i in at if (t := fields[i].strip())), "") for name, at in places.items()}
                row = Row(line, cells, _record(header, fields))
                yield self._with_selected(row) if self._selected else row

    def _with_selected(self, row: Row) -> Row | BadRow:
        """Add what expressions select of a row to its cells."""
        try:
            return replace(row, cells={**row.cells, **Cells(row.original, self._selected, Steps())})
        except TooCostlyError as error:
            return BadRow(row.line, Refusal(Cause.TOO_LARGE, str(error)), row.original)

    def _places(self, header: list[str]) -> dict[str, list[int]]:
        """Find the wanted columns; where a header repeats one, the first cell that is not empty counts."""
        places: dict[str, list[int]] = {name: [] for name in self._wanted if name not in self._selected}
        for i, name in enumerate(header):
            if (folded := name.strip().casefold()) in places:
                places[folded].append(i)
        missing = [name for name, at in places.items() if not at and not self._wanted[name].optional]
        if missing:
            there = {name.strip().casefold(): name.strip() for name in header}
            near = difflib.get_close_matches(missing[0], there, n=1)
            hint = f" (did you mean {there[near[0]]}?)" if near else ""
            raise SourceError(
                f"{self.path}:{1 + self._skipped}: the mapping reads the column {shown(missing[0])}{hint}, the file "
                f"has {', '.join(there.values()) or 'none'}; a column that may be missing is written {{Name?}}; "
                f"fields are told apart by {self._delimiter!r}, which file.delimiter in the mapping can change"
            )
        return places

    def _jsonl(self) -> Iterator[Row | BadRow]:
        for line, raw in enumerate(self._lines(), start=1):
            if isinstance(raw, Refusal):
                yield BadRow(line, raw, None)
                continue
            try:
                text = raw.decode(self._encoding).strip()
            except UnicodeDecodeError:
                yield BadRow(line, self._not_text(), raw.decode(self._encoding, "replace").strip())
                continue
            if not text:
                continue
            record = json_of(text)
            if isinstance(record, Refusal):
                yield BadRow(line, record, text)
            elif isinstance(record, dict):
                yield from self._items(line, record)
            elif line == 1 and isinstance(record, list):
                raise SourceError(f"{self.path}: is one JSON array; accepts one object a line (jq -c '.[]' makes it)")
            else:
                wrong = f"got {type(record).__name__}; accepts a JSON object a line"
                yield BadRow(line, Refusal(Cause.NOT_JSON, wrong), record)

    def _lines(self) -> Iterator[bytes | Refusal]:
        if self._encoding != "utf-16":
            yield from _lines(self._plain)
            return
        # A line end of UTF-16 is two bytes, of which one alone may be part of another character.
        text = io.TextIOWrapper(self._plain, self._encoding, newline="\n")
        self._encoding = "utf-8"
        try:
            yield from (line.encode() for line in text)
        finally:
            text.detach()

    def _items(self, line: int, record: dict[str, Any]) -> Iterator[Row | BadRow]:
        """Take the items of a record for rows, or the record itself for one; all of them begin in its line."""
        steps = Steps()
        try:
            for item in items_of(self._mapping, record, {}, steps):
                if isinstance(item, Item):
                    yield Row(line, {**Cells(item.document, self._wanted, steps)}, item.content)
                elif item.refusal is not None:
                    yield BadRow(line, item.refusal, record)
        except TooCostlyError as error:
            yield BadRow(line, Refusal(Cause.TOO_LARGE, str(error)), record)

    def _not_text(self) -> Refusal:
        return Refusal(Cause.ENCODING, f"is not {self._encoding} text; set file.encoding in the mapping")


def _lines(stream: BinaryIO) -> Iterator[bytes | Refusal]:
    while raw := stream.readline(MAX_ROW_CHARACTERS + 1):
        if len(raw) <= MAX_ROW_CHARACTERS:
            yield raw
            continue
        while raw and not raw.endswith(b"\n"):
            raw = stream.readline(MAX_ROW_CHARACTERS)
        yield Refusal(Cause.TOO_LARGE, f"the line is longer than {MAX_ROW_CHARACTERS} bytes")


def _record(header: list[str], fields: list[str]) -> dict[str, str] | list[str]:
    """Name the fields by the header, or leave them a list where names would fall together."""
    return dict(zip(header, fields, strict=True)) if len(set(header)) == len(header) else fields


def _is_text(field: str) -> bool:
    return field.isascii() or _SURROGATE.search(field) is None


def _printable(field: str) -> str:
    return field.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
