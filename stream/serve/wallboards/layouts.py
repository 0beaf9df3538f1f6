"""The layout file of a running worker: read at the start, and again when it changes."""

from __future__ import annotations

import logging
from pathlib import Path

from stream.board.layout import Layouts
from stream.board.reading import WrongLayoutError, default_layouts, parse
from stream.core.policy import Policy
from stream.settings import PREFIX, Settings, WrongSettingError
from stream.yaml_lines import WrongYamlError, read_text

log = logging.getLogger("deskpulse.serve")


def load(path: Path, policy: Policy) -> Layouts:
    """Read a layout file; raises WrongLayoutError if it cannot be read or used under these settings."""
    try:
        text = read_text(path)
    except WrongYamlError as error:
        raise WrongLayoutError(str(error)) from error
    return parse(text, str(path), policy)


def read_layouts(settings: Settings, policy: Policy) -> Layouts:
    """Return the wallboards under these settings; raises WrongSettingError with a line for each thing that is wrong."""
    if settings.layout_file is None:
        return default_layouts(policy)
    try:
        return load(settings.layout_file, policy)
    except WrongLayoutError as error:
        lines = (f"layout_file ({PREFIX}LAYOUT_FILE): {line}" for line in str(error).splitlines())
        raise WrongSettingError("\n".join(lines)) from None


class LayoutFile:
    """The wallboards in force. A file that is wrong changes nothing, and is said once."""

    def __init__(self, settings: Settings, policy: Policy) -> None:
        """Read them; raises WrongSettingError."""
        self._settings = settings
        self._policy = policy
        self._state = _state(settings.layout_file)
        self.layouts = read_layouts(settings, policy)

    def look(self, policy: Policy) -> bool:
        """Read again if the file or the policy is another one; returns whether the boards are. Call it in a thread."""
        state = _state(self._settings.layout_file)
        if state == self._state and policy is self._policy:
            return False
        self._state, self._policy = state, policy
        try:
            layouts = read_layouts(self._settings, policy)
        except WrongSettingError as error:
            for line in str(error).splitlines():
                log.error("%s", line)
            log.error("the layout file was not taken: the above has to be fixed; the wallboards stay as they are")
            return False
        changed = layouts != self.layouts
        self.layouts = layouts
        if changed:
            log.info("layout file read again: %s", ", ".join(layouts))
        return changed


def _state(path: Path | None) -> tuple[int, int, int] | None:
    """Return what is different once a file was written or replaced; None if it is not there."""
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None  # what is wrong with it is said when it is read
    return found.st_mtime_ns, found.st_size, found.st_ino
