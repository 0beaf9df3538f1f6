"""Every section that is recomputed, and what it is made of. A file in `families/` is found by itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules

from stream.verify import families
from stream.verify.section import Derive, Family, Section


def _declared() -> Iterator[tuple[str, Family]]:
    for module in iter_modules(families.__path__, f"{families.__name__}."):
        yield module.name, import_module(module.name).FAMILY


def sections(declared: Iterable[tuple[str, Family]]) -> dict[str, Section]:
    """The sections of all families, which are named with their modules; ValueError if two have the same."""
    found: dict[str, Section] = {}
    by: dict[str, str] = {}
    for module, family in declared:
        for name, section in family.sections.items():
            if name in found:
                raise ValueError(f"section {name}: {by[name]} and {module} both declare it; keep one")
            found[name], by[name] = section, module
    return found


_NAMED = tuple(_declared())
_FAMILIES = tuple(family for _, family in _NAMED)

SECTIONS: Mapping[str, Section] = sections(_NAMED)

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
