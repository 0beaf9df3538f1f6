"""Texts with columns in braces: `zd-{Id}`, `{Group?}`, `{=answers[0].score}`, or a constant with none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import PlainValidator

from stream.mapping.expression import Expression

# A doubled brace stands for itself; a single one must open or close a column.
_PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<column>[^{}]*)\}|(?P<stray>[{}])|(?P<text>[^{}]+)")

# Before an expression: names of columns have brackets, quotes and bars in them, and none begins so.
_EXPRESSION = "="


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, by its name without regard to case; `optional` if the file may lack it.

    Or what an expression selects, whose name is `=` and its text.
    """

    name: str
    optional: bool
    expression: Expression | None = field(default=None, compare=False)

    @staticmethod
    def parse(text: str) -> Column:
        """Read `Name`, `Name?` or `=expression`; ValueError without a name, or for what is no expression."""
        name = text.strip()
        if name.startswith(_EXPRESSION):
            expression = Expression.parse(name.removeprefix(_EXPRESSION).strip())
            return Column(_EXPRESSION + expression.text, optional=True, expression=expression)
        optional = name.endswith("?")
        name = name.removesuffix("?").strip()
        if not name:
            raise ValueError(f"got {text!r}; accepts a column name, with ? behind it if the file may lack it")
        return Column(name.casefold(), optional)


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: constant texts and columns, in order."""

    text: str
    pieces: tuple[str | Column, ...]

    @staticmethod
    def parse(text: object) -> Template:
        """Parse a template; ValueError for braces that do not match, or for YAML that lost its quotes."""
        if isinstance(text, Template):
            return text
        if isinstance(text, dict) and len(text) == 1 and next(iter(text.values())) in ("", None):
            raise ValueError(
                f'got a YAML mapping; accepts a text: put the template in quotes, "{{{next(iter(text))}}}"'
            )
        if not isinstance(text, str):
            raise ValueError(f'got {type(text).__name__}; accepts a text such as "{{Ticket id}}"')
        pieces: list[str | Column] = []
        for found in _PIECE.finditer(text):
            if found["stray"]:
                raise ValueError(f"got {text!r}; accepts columns as {{Name}}, and {{{{ or }}}} for a brace")
            if found["column"] is not None:
                pieces.append(Column.parse(found["column"]))
            else:
                pieces.append(found["text"] or found["brace"][0])
        return Template(text, tuple(pieces))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it needs, in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Column))

    @property
    def constant(self) -> str | None:
        """The text itself if there is no column in it."""
        return None if self.columns else "".join(str(piece) for piece in self.pieces)

    def render(self, cells: Mapping[str, str]) -> str:
        """Fill the columns in. One empty column makes the whole text empty: half an id is no id."""
        if len(self.pieces) == 1 and isinstance(self.pieces[0], Column):  # most are one column, and this is hot
            return cells.get(self.pieces[0].name, "")
        parts: list[str] = []
        for piece in self.pieces:
            if isinstance(piece, Column):
                cell = cells.get(piece.name, "")
                if not cell:
                    return ""
                parts.append(cell)
            else:
                parts.append(piece)
        return "".join(parts)


def _parse(text: Any) -> Template:
    return Template.parse(text)


TemplateText = Annotated[Template, PlainValidator(_parse)]
