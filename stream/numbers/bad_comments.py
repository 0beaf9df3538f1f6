"""Bad comments: low scores with words to them, which somebody should read at once."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.definitions import Definitions
from stream.core.survey import Answer
from stream.counting.add import Adds
from stream.model.surveys import Surveys
from stream.numbers.cells import Counts
from stream.numbers.declare import Fields, Here, Number, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.reasons import SURVEY_UNANSWERED, Reason
from stream.numbers.scales import is_low
from stream.numbers.tile import Figure, Tile

COUNTS = Counts("bad_comments", ("n",))
_N = COUNTS.measure("n")


class BadComments(Windowed):
    """Low scores with a comment."""

    n: int


def is_bad_comment(answer: Answer, definitions: Definitions) -> bool:
    """Say whether somebody should read this at once: a low score with words to it."""
    return answer.commented and is_low(answer, definitions) is True


def fold(s: Surveys, add: Adds) -> None:
    """Add each low score with words to it, at its time."""
    add(_N, s.answered, where=s.bad_comment)


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return how many there are."""
    return {**n}


NUMBERS = (
    Number(
        name="bad_comments",
        order=270,
        version=1,
        page="bad-comments.md",
        definition="answers with a low score and a comment",
        shape=BadComments,
        book="surveys",
        cells=COUNTS,
        fold=fold,
        row=row,
        why_not=(
            SURVEY_UNANSWERED,
            Reason("no_bad_comment", "its score is not low, or has no words to it"),
        ),
        metrics=(Gauge("deskpulse_bad_comments", "Low scores with a comment in the window."),),
        tiles=(Tile("bad_comments", "count", "worse", lambda row, _: Figure(row["n"], row["n"])),),
    ),
)
