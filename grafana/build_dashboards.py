"""Write grafana/dashboards/*.json: `python -m grafana.build_dashboards` in the project's root.

The committed files are what this writes; a test compares them. Change a dashboard here, not in the browser.
"""

from __future__ import annotations

import json
from pathlib import Path

from grafana.customers import customers
from grafana.deskpulse_itself import deskpulse_itself
from grafana.links import connect
from grafana.live_desk import live_desk
from grafana.response_times import response_times
from grafana.satisfaction import satisfaction

DASHBOARDS = Path(__file__).with_name("dashboards")


def rendered() -> dict[Path, str]:
    """Return the text of every dashboard file; a file is named as its uid is, without `deskpulse-`."""
    boards = (live_desk(), response_times(), satisfaction(), customers(), deskpulse_itself())
    connect(boards)
    return {
        DASHBOARDS / f"{board['uid'].removeprefix('deskpulse-')}.json": json.dumps(board, indent=2, ensure_ascii=False)
        + "\n"
        for board in boards
    }


def main() -> None:
    """Write every dashboard file."""
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
