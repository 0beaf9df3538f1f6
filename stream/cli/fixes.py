"""Lines that say what is wrong and how to fix it, each thing once however many it is wrong with."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text


def print_fixes(console: Console, troubles: Iterable[tuple[str, str, str]]) -> None:
    """Print what each trouble is about, its text, and below it what fixes it if anything does.

    Troubles that differ only in what they are about share their lines.
    """
    about: dict[tuple[str, str], list[str]] = {}
    for name, text, fix in troubles:
        about.setdefault((text, fix), []).append(name)
    for (text, fix), names in about.items():
        console.print(Text.assemble("    ", (f"{', '.join(names)}: ", "bold"), text))
        if fix:
            console.print(Text.assemble(("    fix it with  ", "dim"), fix))
