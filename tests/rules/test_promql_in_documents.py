"""The PromQL that the documents show: Prometheus can read it, and it matches on labels that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.rules.conftest import Tool
from tests.rules.monitoring_files import ROOT, Expression, allowed_labels, matched_labels


def _expressions(page: Path) -> list[Expression]:
    """Split the blocks of a page: an expression begins at the margin, further lines are indented or close it."""
    found: list[list[str]] = []
    for block in re.findall(r"```promql\n(.*?)```", page.read_text(), flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith((" ", ")")):
                found[-1].append(line)
            elif line and not line.startswith("#"):
                found.append([line])
    return [Expression(f"{page.stem} {i}", "\n".join(lines)) for i, lines in enumerate(found)]


SHOWN = [expression for page in sorted((ROOT / "docs").rglob("*.md")) for expression in _expressions(page)]


def test_prometheus_can_read_every_expression_of_the_documents(promtool: Tool, tmp_path: Path) -> None:
    rules = [{"record": f"shown:expression_{i}", "expr": expression.text} for i, expression in enumerate(SHOWN)]
    path = tmp_path / "shown.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "shown", "rules": rules}]}))
    assert f"{len(SHOWN)} rules found" in promtool("check", "rules", path)


@pytest.mark.parametrize("expression", SHOWN, ids=lambda expression: expression.where)
def test_what_the_documents_divide_is_absent_where_there_is_nothing_to_divide(expression: Expression) -> None:
    if "histogram_quantile(" in expression.text:
        assert ">= 0" in expression.text  # it is NaN for an empty histogram
    if re.search(r"/\s", expression.text):
        assert "> 0" in expression.text


@pytest.mark.parametrize("expression", SHOWN, ids=lambda expression: expression.where)
def test_the_expressions_of_the_documents_match_on_labels_that_the_series_have(expression: Expression) -> None:
    for series, labels in matched_labels(expression.text):
        assert labels <= allowed_labels(series), series
