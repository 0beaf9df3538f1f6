"""Reading a layout file: from YAML to boards, or to a line for each thing that is wrong."""

from __future__ import annotations

from importlib import resources

from stream.board.layout import Layouts
from stream.board.meaning import layouts, problems
from stream.board.shape import LayoutPart
from stream.core.policy import Policy
from stream.policy_file.reading import shaped
from stream.yaml_lines import WrongYamlError, YamlLines, read_yaml

DEFAULT_NAME = "default.yaml"


class WrongLayoutError(ValueError):
    """A layout file that cannot be used; the text has a line for each thing that is wrong."""


def default_text() -> str:
    """Return the annotated file of the wallboard that serves without a file."""
    return (resources.files("stream.board") / DEFAULT_NAME).read_text("utf-8")


def default_layouts(policy: Policy) -> Layouts:
    """Return the wallboard that serves without a file.

    Under settings that have no such window or label, the tiles that would need them are left out.
    """
    lines, part = _shaped(default_text(), DEFAULT_NAME)
    wrong = {place[:6] for place, _ in problems(part, policy)}
    boards = []
    for i, board in enumerate(part.boards):
        pages = []
        for j, page in enumerate(board.pages):
            tiles = tuple(
                tile for k, tile in enumerate(page.tiles) if ("boards", i, "pages", j, "tiles", k) not in wrong
            )
            if tiles:
                pages.append(page.model_copy(update={"tiles": tiles}))
        boards.append(board.model_copy(update={"pages": tuple(pages)}))
    return _meant(lines, part.model_copy(update={"boards": tuple(boards)}), policy)


def parse(text: str, name: str, policy: Policy) -> Layouts:
    """Read boards from YAML text; `name` stands before the line in errors. Raises WrongLayoutError."""
    lines, part = _shaped(text, name)
    return _meant(lines, part, policy)


def _shaped(text: str, name: str) -> tuple[YamlLines, LayoutPart]:
    try:
        lines = read_yaml(text, name)
    except WrongYamlError as error:
        raise WrongLayoutError(str(error)) from error
    if not lines.has_keys:
        raise WrongLayoutError(f"{name}:1: accepts boards; `deskpulse layout` prints a file to begin with")
    return lines, shaped(lines, LayoutPart, WrongLayoutError)


def _meant(lines: YamlLines, part: LayoutPart, policy: Policy) -> Layouts:
    if wrong := list(problems(part, policy)):
        raise WrongLayoutError(lines.report(wrong))
    return layouts(part, policy)
