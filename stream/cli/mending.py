"""Lines that say what is wrong and how to mend it, each thing once however many it is wrong with."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text


def print_mending(console: Console, troubles: Iterable[tuple[str, str, str]]) -> None:
    """Print what each trouble is about, its text, and below it what mends it if anything does.

    Troubles that differ only in what they are about share their lines.
    """
    about: dict[tuple[str, str], list[str]] = {}
    for name, text, mend in troubles:
        about.setdefault((text, mend), []).append(name)
    for (text, mend), names in about.items():
        console.print(Text.assemble("    ", (f"{', '.join(names)}: ", "bold"), text))
        if mend:
            console.print(Text.assemble(("    mend it with  ", "dim"), mend))
