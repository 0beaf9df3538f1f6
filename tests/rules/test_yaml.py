"""Every YAML file of the project: what parsers let pass but readers and tools trip over."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.rules.monitoring_files import ROOT

FILES = sorted(
    path
    for pattern in (
        *("*.yml", "*.yaml", "grafana/**/*.yml", "kubernetes/**/*.yaml"),
        *("tests/rules/*.yml", "stream/**/*.yml", "docs/**/*.yml"),
    )
    for path in ROOT.glob(pattern)
)
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping; YAML's own loader takes the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """Build a mapping. Raises ConstructorError for a repeated key."""
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def test_there_are_files_to_check() -> None:
    names = {path.name for path in FILES}
    assert {"docker-compose.yml", "prometheus.yml", "thresholds.yml", "recording.yml", "alertmanager.yml"} <= names


@EVERY_FILE
def test_no_key_stands_twice(path: Path) -> None:
    yaml.load(path.read_text(), Loader=StrictLoader)


@EVERY_FILE
def test_lines_have_no_tab_no_trailing_space_and_the_last_one_ends(path: Path) -> None:
    text = path.read_text()
    assert "\t" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert [number for number, line in enumerate(text.splitlines(), 1) if line != line.rstrip()] == []


@EVERY_FILE
def test_words_that_yaml_1_1_takes_for_booleans_are_quoted(path: Path) -> None:
    plain = [
        token.value
        for token in yaml.scan(path.read_text())
        if isinstance(token, yaml.ScalarToken) and token.plain and token.value.lower() in {"yes", "no", "on", "off"}
    ]
    assert plain == []


def test_a_repeated_key_is_refused() -> None:
    with pytest.raises(yaml.constructor.ConstructorError, match="the key 'a' stands twice"):
        yaml.load("a: 1\na: 2\n", Loader=StrictLoader)
