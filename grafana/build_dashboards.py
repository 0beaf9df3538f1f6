"""Write grafana/dashboards/*.json: `python -m grafana.build_dashboards` in the project's root.

The committed files are what this writes; a test compares them. Change a dashboard here, not in the browser.
"""

from __future__ import annotations

import json
from pathlib import Path

from grafana.live_desk import live_desk

DASHBOARDS = Path(__file__).with_name("dashboards")


def rendered() -> dict[Path, str]:
    """Return the text of every dashboard file."""
    return {DASHBOARDS / "live-desk.json": json.dumps(live_desk(), indent=2, ensure_ascii=False) + "\n"}


def main() -> None:
    """Write every dashboard file."""
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
