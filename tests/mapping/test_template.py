"""Templates: texts with columns in braces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.mapping.template import Column, Template


def test_columns_are_filled_in_without_regard_to_case() -> None:
    assert Template.parse("zd-{Ticket ID}/{group}").render({"ticket id": "7", "group": "a"}) == "zd-7/a"


def test_one_empty_column_makes_the_whole_text_empty() -> None:
    template = Template.parse("zd-{Id}")
    assert template.render({"id": ""}) == ""
    assert template.render({}) == ""


def test_a_question_mark_says_that_the_file_may_lack_the_column() -> None:
    assert Template.parse("{Group?}{Id}").columns == (Column("group", optional=True), Column("id", optional=False))


def test_doubled_braces_stand_for_themselves() -> None:
    template = Template.parse("{{{Id}}}")
    assert template.render({"id": "7"}) == "{7}"
    assert Template.parse("{{}}").constant == "{}"


@given(st.text())
def test_any_text_is_a_constant_once_its_braces_are_doubled(text: str) -> None:
    template = Template.parse(text.replace("{", "{{").replace("}", "}}"))
    assert template.constant == text
    assert template.render({}) == text


@pytest.mark.parametrize("text", ["{", "}", "{a", "a}", "{{a}", "{a{b}}", "{}", "{ }", "{?}"])
def test_braces_that_do_not_match_or_name_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="accepts"):
        Template.parse(text)


def test_a_template_without_quotes_is_explained() -> None:
    with pytest.raises(ValueError, match=r'put the template in quotes, "\{Id\}"'):
        Template.parse({"Id": ""})
