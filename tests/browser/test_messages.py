"""All languages say the same, and every metric of a board has a name in each."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from stream.board.metric import METRICS

FOLDER = Path("stream/serve/page/messages")
LANGUAGES = ("en", "de", "es", "ro", "zh")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def messages(language: str) -> dict[str, str]:
    found: dict[str, str] = orjson.loads((FOLDER / f"{language}.json").read_bytes())
    return found


def test_there_is_a_file_for_each_language_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_has_the_same_messages_with_the_same_placeholders(language: str) -> None:
    english, other = messages("en"), messages(language)
    assert list(other) == list(english)
    for key, text in other.items():
        assert text.strip(), key
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(english[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_metric_that_a_tile_may_show_has_a_name(language: str) -> None:
    assert {f"metric.{name}" for name in METRICS} <= set(messages(language))


def test_names_of_metrics_are_translated() -> None:
    english = messages("en")
    for language in LANGUAGES[1:]:
        other = messages(language)
        same = {key for key in english if key.startswith("metric.") and other[key] == english[key]}
        assert same <= {"metric.nps"}, f"{language}: {same}"


def test_every_message_that_the_pages_name_is_there() -> None:
    named: set[str] = set()
    for path in Path("frontend/src").rglob("*.ts"):
        named |= set(re.findall(r'say\(\s*"([\w.]+)"', path.read_text(encoding="utf-8")))
    named |= set(re.findall(r'data-say="([\w.]+)"', Path("frontend/src/live.html").read_text(encoding="utf-8")))
    assert len(named) > 40
    assert named <= set(messages("en"))
