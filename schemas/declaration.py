"""One declaration of an event, and the two things made of it: a class for decoded events, a shape for pydantic.

A declaration is a class with pydantic's field types. Of it `event` makes

- a msgspec struct with the same attributes, which is what decoded events are, whichever reader made them. Its bounds
  are those of the declaration, so msgspec can read JSON straight into it;
- a TypedDict, which pydantic validates and writes JSON Schema from.

A field type that msgspec would not check as pydantic does is refused here, when the declaration is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Annotated, Any, Literal, NotRequired, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import ConfigDict, Field
from pydantic.fields import FieldInfo
from typing_extensions import TypedDict

from schemas.fields import Rfc3339

Declared = TypeVar("Declared")

_STRICT = ConfigDict(strict=True, extra="ignore")
_BOUNDS = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt", MinLen: "min_length", MaxLen: "max_length"}
# JSON that is valid has no number to which it could matter.
_IMMATERIAL = {"allow_inf_nan"}
_SHAPES: dict[type, Any] = {}


def event(declared: type[Declared]) -> type[Declared]:
    """Make the class of decoded events of a declaration, and note its shape. Raises TypeError.

    `type` is a Literal of one text. A field that may be absent is `X | None = None`. One that is sent under another
    name has it as its alias.
    """
    hints = get_type_hints(declared, include_extras=True)
    (kind,) = get_args(hints.pop("type"))
    required: list[tuple[str, Any]] = []
    optional: list[tuple[str, Any, None]] = []
    sent_names: dict[str, str] = {}
    for name, hint in hints.items():
        present, may_be_absent = _present(hint)
        sent_names[name] = _alias(present) or name
        if may_be_absent:
            optional.append((name, _read_as(present) | None, None))
        else:
            required.append((name, _read_as(present)))
    made = msgspec.defstruct(
        declared.__name__,
        [*required, *optional],
        module=declared.__module__,
        namespace={"__doc__": declared.__doc__, "type": kind},
        tag_field="type",
        tag=kind,
        rename=sent_names,
        forbid_unknown_fields=True,  # what stands in a field that it skips msgspec does not check as strictly as orjson
        gc=False,
    )
    _SHAPES[made] = _shape(declared, sent_names)
    return cast(type[Declared], made)


def shape_of(classes: Iterable[type]) -> Any:
    """Return what pydantic validates for classes that `event` made: a union of TypedDicts, told apart by `type`."""
    return Annotated[Union[tuple(_SHAPES[each] for each in classes)], Field(discriminator="type")]  # noqa: UP007 - of a tuple


def sent_names(made: type) -> frozenset[str]:
    """Return the names under which the fields of a class that `event` made are sent."""
    return frozenset(each.encode_name for each in msgspec.structs.fields(made)) | {"type"}


def _shape(declared: type, sent_names: Mapping[str, str]) -> Any:
    fields: dict[str, Any] = {}
    for name, hint in get_type_hints(declared, include_extras=True).items():
        present, may_be_absent = _present(hint)
        fields[sent_names.get(name, name)] = NotRequired[present] if may_be_absent else present
    make: Any = TypedDict  # type checkers know it as a special form alone
    shape = make(declared.__name__, fields)
    shape.__doc__, shape.__module__, shape.__pydantic_config__ = declared.__doc__, declared.__module__, _STRICT
    return shape


def _present(hint: Any) -> tuple[Any, bool]:
    """Return the type of a field that is there, and whether it may be absent."""
    if get_origin(hint) is Annotated or NoneType not in get_args(hint):
        return hint, False
    (present,) = (part for part in get_args(hint) if part is not NoneType)
    return present, True


def _alias(hint: Any) -> str | None:
    return next((each.alias for each in _metadata(hint) if isinstance(each, FieldInfo) and each.alias), None)


def _metadata(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _read_as(hint: Any) -> Any:
    """Return the type as which msgspec reads a field, with the same bounds; an instant is read as text."""
    metadata = _metadata(hint)
    if any(isinstance(each, Rfc3339) for each in metadata):
        return str
    base = get_args(hint)[0] if metadata else hint
    if base not in (str, int, float, bool) and get_origin(base) is not Literal:
        raise TypeError(f"{hint}: got {base}; accepts str, int, float, bool and Literal")
    bounds: dict[str, Any] = {}
    for each in metadata:
        for constraint in each.metadata if isinstance(each, FieldInfo) else [each]:
            bounds |= _bound(hint, constraint)
    return Annotated[base, msgspec.Meta(**bounds)] if bounds else base


def _bound(hint: Any, constraint: Any) -> dict[str, Any]:
    name = _BOUNDS.get(type(constraint))
    if name is not None:
        return {name: getattr(constraint, name)}
    if vars(constraint).keys() <= _IMMATERIAL:
        return {}
    raise TypeError(f"{hint}: got {constraint!r}; accepts bounds of numbers and of lengths")
