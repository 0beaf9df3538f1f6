"""What a long computation is at, for somebody who watches it in a terminal, and what it says when it is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

INTERRUPTED = 130

OnStep = Callable[[str], None]


@contextmanager
def steps(begin: str, lost: str) -> Iterator[OnStep]:
    """Give what says the step that is being taken; draws nothing when standard error is no terminal.

    Ctrl-C ends the command with status 130 and a line that names the step, and what has not come of it: lost.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    at = begin
    with console.status(escape(begin)) as status:

        def on_step(step: str) -> None:
            nonlocal at
            at = step
            status.update(escape(step))

        try:
            yield on_step
        except KeyboardInterrupt:
            status.stop()
            console.print(f"[yellow]interrupted[/] while {escape(at)}; {escape(lost)}")
            raise typer.Exit(INTERRUPTED) from None
