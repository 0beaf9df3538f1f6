"""Every section that is recomputed, and what it is made of. A file in `families/` is found by itself."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules

from stream.verify import families
from stream.verify.section import Derive, Family, Section


def _declared() -> Iterator[Family]:
    for module in iter_modules(families.__path__, f"{families.__name__}."):
        yield import_module(module.name).FAMILY


_FAMILIES = tuple(_declared())

SECTIONS: Mapping[str, Section] = {name: section for family in _FAMILIES for name, section in family.sections.items()}

# What makes the relations, and what must have made others before.
RELATIONS: Mapping[Derive, Sequence[Derive]] = {
    family.derive: family.after for family in _FAMILIES if family.derive is not None
}

# The relations that a section's rows are made of.
MADE_OF: Mapping[str, Sequence[Derive]] = {
    name: family.after if family.derive is None else (family.derive,)
    for family in _FAMILIES
    for name in family.sections
}
