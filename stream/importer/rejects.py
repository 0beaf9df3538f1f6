"""The rejects file: every row that was refused, with its line, why, and the row itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson

from stream.mapping.refusal import Cause, Refusal

_EXAMPLES = 1


class RejectsError(Exception):
    """The rejects file cannot be written."""


class Rejects:
    """Counts refused rows, and keeps them in a JSONL file if there is a path.

    The file is written anew by an import; one that refuses nothing removes what an earlier one left.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.causes: Counter[Cause] = Counter()
        self.examples: dict[Cause, list[str]] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        elif self.path is not None and error is None:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as failure:
                raise self._unwritable(failure) from failure

    @property
    def total(self) -> int:
        """How many rows were refused."""
        return self.causes.total()

    def add(self, line: int, refusal: Refusal, original: Any) -> None:
        """Keep a refused row."""
        self.causes[refusal.cause] += 1
        examples = self.examples.setdefault(refusal.cause, [])
        if len(examples) < _EXAMPLES:
            examples.append(f"line {line}: {refusal.detail}")
        if self.path is None:
            return
        record = {"line": line, "reason": refusal.cause.value, "detail": refusal.detail, "row": original}
        try:
            if self._file is None:
                self._file = self.path.open("wb")
            self._file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as failure:
            raise self._unwritable(failure) from failure

    def _unwritable(self, failure: OSError) -> RejectsError:
        return RejectsError(f"{self.path}: cannot be written: {failure.strerror}")
