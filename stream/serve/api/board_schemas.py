"""The schemas of wallboards: which there are, and how one is laid out."""

from __future__ import annotations

from typing import get_args

from stream.board.layout import MOST_COLUMNS, MOST_ROWS, Bound, Theme
from stream.board.metric import METRICS
from stream.numbers.tile import Direction, Kind, Unit
from stream.serve.api.schemas import NUMBER, TEXT, WHOLE, Schema, closed, listed, nullable

_FLAG: Schema = {"type": "boolean"}


def board_schemas() -> dict[str, Schema]:
    """Return the schemas by their names."""
    return {
        "Boards": closed({"boards": listed(closed({"name": TEXT, "title": TEXT}))}),
        "Layout": closed(
            {
                "version": {"const": 1},
                "name": TEXT,
                "title": TEXT,
                "language": nullable(TEXT),
                "theme": {"enum": list(get_args(Theme))},
                "sound": _FLAG,
                "rotate_seconds": WHOLE,
                "pages": listed(
                    closed(
                        {
                            "title": nullable(TEXT),
                            "columns": _up_to(MOST_COLUMNS),
                            "rows": _up_to(MOST_ROWS),
                            "tiles": listed(_tile()),
                        }
                    )
                ),
            }
        ),
    }


def _tile() -> Schema:
    target = {"type": "object", "propertyNames": {"enum": list(get_args(Bound))}, "additionalProperties": NUMBER}
    return closed(
        {
            "id": TEXT,
            "kind": {"enum": list(get_args(Kind))},
            "metric": {"enum": list(METRICS)},
            "title": nullable(TEXT),
            "unit": {"enum": list(get_args(Unit))},
            "window": nullable(TEXT),
            "filter": {"type": "object", "additionalProperties": listed(TEXT)},
            "by": nullable(TEXT),
            "target": nullable(target),
            "target_from_policy": _FLAG,
            "warn": nullable(NUMBER),
            "width": _up_to(MOST_COLUMNS),
            "height": _up_to(MOST_ROWS),
            "row": _up_to(MOST_ROWS),
            "column": _up_to(MOST_COLUMNS),
            "trend": _FLAG,
            "higher_is": {"enum": list(get_args(Direction))},
        }
    )


def _up_to(most: int) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": most}
