"""What a mapping says about single cells: values with a map, and conditions on a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    RootModel,
    field_validator,
    model_validator,
)

from stream.mapping.refusal import Cause, Refusal
from stream.mapping.template import Column, TemplateText

ANY_OTHER = "*"
# To look for a pattern may take the square of a text's length.
_SEARCHED_CHARACTERS = 4_096


class Strict(BaseModel):
    """A part of a mapping: unknown keys are mistakes, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


class Value(Strict):
    """Where the value of a field comes from. A bare text is short for `from` alone."""

    from_: TemplateText = Field(alias="from", description="A template: `{Column}`, a constant, or both together.")
    part: Annotated[str, AfterValidator(lambda text: _with_a_group(text).pattern)] | None = Field(
        None,
        description="A regular expression with one group in ( ), which is the value: `'/([^/]+)$'` is what stands "
        "behind the last slash. Where it is not found there is no value.",
    )
    map_: dict[str, str] = Field(
        default_factory=dict,
        alias="map",
        description="What each text becomes, without regard to case; `*` stands for any other text.",
    )
    otherwise: Literal["reject", "keep", "drop"] = Field(
        "reject",
        description="A text that the map lacks: `reject` the row, `keep` the text as it is, or `drop` the field. "
        "For channel, priority and opened_by `keep` if left out: `values` of the policy file maps them too.",
    )
    default: str | None = Field(None, description="The value for an empty cell; without it the field is left out.")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        if isinstance(given, dict) and given and not set(given) & {"from", "part", "map", "otherwise", "default"}:
            return {"from": given}  # {Column} without quotes is a YAML mapping; Template says so
        return given if isinstance(given, dict) else {"from": given}

    @field_validator("map_")
    @classmethod
    def _one_meaning_each(cls, given: dict[str, str]) -> dict[str, str]:
        folded: dict[str, str] = {}
        for text, meaning in given.items():
            key = fold(text)
            if folded.get(key, meaning) != meaning:
                raise ValueError(f"got {text!r} twice, once as {folded[key]!r} and once as {meaning!r}")
            folded[key] = meaning
        return folded

    @model_validator(mode="after")
    def _one_fallback(self) -> Value:
        if "otherwise" in self.model_fields_set and ANY_OTHER in self.map_:
            raise ValueError("got `otherwise` beside `*` in `map`; accepts one of them")
        if "otherwise" in self.model_fields_set and not self.map_:
            raise ValueError("got `otherwise` without `map`; it says what happens to texts that the map lacks")
        return self

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it reads."""
        return self.from_.columns

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        return None if self.part is None else _with_a_group(self.part)

    def possible(self) -> Iterator[str]:
        """Every value that can be told before a row is seen: the constant, the map's values, the default."""
        if self.map_:
            yield from self.map_.values()
        elif self.from_.constant is not None and self.part is None:
            yield self.from_.constant
        if self.default is not None:
            yield self.default

    def render(self, cells: Mapping[str, str], *, is_open: bool = False) -> str | Refusal | None:
        """Return the value for this row, None for no value, or why the row must be refused.

        is_open: of a field that takes any text, so that one which the map lacks is kept unless the mapping decides.
        """
        text = self.from_.render(cells).strip()
        if text and self._pattern is not None:
            found = self._pattern.search(text[:_SEARCHED_CHARACTERS])
            text = (found[1] or "").strip() if found else ""
        if not text:
            return self.default
        if not self.map_:
            return text
        meaning = self.map_.get(fold(text), self.map_.get(ANY_OTHER))
        if meaning is not None:
            return meaning or None
        if self.otherwise == "keep" or (is_open and "otherwise" not in self.model_fields_set):
            return text
        if self.otherwise == "drop":
            return None
        known = ", ".join(sorted(self.map_))
        return Refusal(Cause.VALUE, f"{self.from_.text}: got {shown(text)}; the map accepts {known}")


class CellTest(Strict):
    """A test of one cell; all that is given must hold. A text or a list of texts is short for `is`."""

    is_: list[str] | None = Field(None, alias="is", description="The cell is one of these texts.")
    not_: list[str] | None = Field(None, alias="not", description="The cell is none of these texts.")
    matches: Annotated[str, AfterValidator(lambda text: _compiled(text).pattern)] | None = Field(
        None, description="A regular expression that is found somewhere in the first 4,096 characters of the cell."
    )
    empty: bool | None = Field(None, description="`true`: the cell is empty; `false`: it is not.")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"is": [given]}
        return {"is": given} if isinstance(given, list) else given

    @field_validator("is_", "not_", mode="before")
    @classmethod
    def _one_or_many(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given

    @cached_property
    def _accepted(self) -> frozenset[str] | None:
        return None if self.is_ is None else frozenset(fold(text) for text in self.is_)

    @cached_property
    def _refused(self) -> frozenset[str]:
        return frozenset(fold(text) for text in self.not_ or ())

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        return None if self.matches is None else _compiled(self.matches)

    def holds(self, cell: str) -> bool:
        """Say whether the cell passes."""
        text = fold(cell)
        return (
            (self._accepted is None or text in self._accepted)
            and text not in self._refused
            and (self._pattern is None or self._pattern.search(cell[:_SEARCHED_CHARACTERS]) is not None)
            and (self.empty is None or self.empty == (not text))
        )


def _column(name: Any) -> Column:
    return name if isinstance(name, Column) else Column.parse(str(name))


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"got {pattern!r}; accepts a regular expression: {error}") from error


# What stands before a repetition, and whether that has an end: an escape, a class, a group's end, or a character.
_REPEATED = re.compile(
    r"(?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<group>\))|[^\\\[])(?P<endless>[*+]|\{\d*,(?:\d{3,})?\})?", re.DOTALL
)


def takes_for_ever(pattern: str) -> str | None:
    """Say why a pattern may take very long on a text from outside, None if it takes its length squared at most.

    A group that repeats without end can match a text in more ways than there are atoms, and of n repetitions each
    takes the length of the text once more.
    """
    endless = [found for found in _REPEATED.finditer(pattern) if found["endless"]]
    if any(found["group"] for found in endless):
        return "a group repeats without end; accepts that for single characters, as in [^/]+"
    return "more than one thing repeats without end; accepts one, as in [^/]+" if len(endless) > 1 else None


def _with_a_group(pattern: str) -> re.Pattern[str]:
    compiled = _compiled(pattern)
    if compiled.groups != 1:
        raise ValueError(f"got {pattern!r}; accepts a regular expression with one group in ( )")
    return compiled


class When(RootModel[dict[Annotated[Column, PlainValidator(_column)], CellTest]]):
    """Tests by column; a row fits if all of them hold."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it looks at."""
        return tuple(self.root)

    def holds(self, cells: Mapping[str, str]) -> bool:
        """Say whether the tests of columns that are named hold; those of expressions are for `selects`."""
        return all(
            test.holds(cells.get(column.name, "")) for column, test in self.root.items() if not column.expression
        )

    def selects(self, cells: Mapping[str, str]) -> bool:
        """Say whether the tests of expressions hold."""
        return all(test.holds(cells.get(column.name, "")) for column, test in self._expressions)

    @cached_property
    def _named(self) -> tuple[tuple[Column, CellTest], ...]:
        return tuple((column, test) for column, test in self.root.items() if not column.expression)

    @cached_property
    def _expressions(self) -> tuple[tuple[Column, CellTest], ...]:
        return tuple((column, test) for column, test in self.root.items() if column.expression)


def fold(text: str) -> str:
    """Bring a text to the form in which texts of a file and of a mapping are compared."""
    return text.strip().casefold()


def shown(text: str, limit: int = 80) -> str:
    """Quote a text from a file for a message, cut to a length that a terminal bears."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
