"""How numbers were made that compare: channels, segments, what goes with low scores, and customers."""

from __future__ import annotations

import pytest

from stream.core.definitions import Definitions
from stream.core.policy import Policy
from stream.core.tenure import YEAR_US
from stream.numbers.registry import NUMBERS
from stream.report.explanation import Explanation
from stream.report.question import Question
from tests.events import NOON_US, acquired, answered, lost, opened, purchased, sent, status
from tests.explained import LABELS, added, explained, holding, reasons
from tests.served import DAY, NOW, YEAR

# -- the preferred channel


def openings():
    return holding(
        *(
            opened("C1", channel="chat", queue="billing"),
            opened("C2", 10, channel="chat"),
            opened("M", 20, channel="email"),
        ),
        *(opened("spam", channel="chat"), status("spam", 5, "spam"), opened("old", -3 * DAY, channel="chat")),
    )


def test_the_preferred_channel_is_meant_unless_another_is_named():
    found = explained(openings(), "preferred_channel", "24h")
    assert found["choices"] == {"channel": "chat"}
    assert found["number"] == found["shown"]
    assert (found["number"]["n"], found["number"]["of"]) == (2, 3)
    assert list(added(found).items()) == [("C2", {"n": 1}), ("C1", {"n": 1}), ("M", {"others": 1})]
    assert reasons(found) == {"retracted": ["spam"], "before_window": ["old"]}
    assert explained(openings(), "preferred_channel", "24h", {"channel": "email"})["number"]["n"] == 1


def test_a_channel_of_which_nothing_was_opened_has_no_share():
    found = explained(openings(), "preferred_channel", "24h", {"channel": "fax"})
    assert found["number"] is found["shown"] is None
    assert found["counted"]["amounts"] == {"others": 3}
    nothing = explained(holding(), "preferred_channel", "24h")
    assert (nothing["choices"], nothing["number"], nothing["counted"]["n"]) == ({}, None, 0)


def test_the_preferred_channel_of_a_queue_can_be_asked_for():
    found = explained(openings(), "preferred_channel", "24h", queue="billing")
    assert (found["number"]["n"], found["number"]["of"], found["shown"]) == (1, 1, None)
    assert reasons(found)["other_labels"] == ["C2", "M"]


def test_where_channel_is_no_label_nobody_knows_which_is_preferred():
    found = explained(
        holding(opened("T", channel="chat"), policy=Policy(labels=("queue",))), "preferred_channel", "24h"
    )
    assert (found["number"], reasons(found)) == (None, {"no_channel": ["T"]})


# -- who answers surveys


def asked(*more, least=2):
    days = -8 * DAY
    return holding(
        *(sent("gold", days, channel="chat", segment="gold"), answered("gold", days + 5, 9)),
        *(sent("blue", days, channel="chat", segment="blue"), sent("mail", days, channel="email", segment="blue")),
        *(sent("soon", -5, channel="chat", segment="blue"), sent("past", -90 * DAY, segment="blue")),
        answered("unsent", 5, 9, segment="blue"),
        *more,
        policy=Policy(labels=LABELS, definitions=Definitions(blind_spot_min_sent=least)),
    )


def test_coverage_of_a_segment_lists_its_surveys():
    found = explained(asked(), "coverage_by", "30d", {"by": "segment", "value": "blue"})
    assert found["number"] == found["shown"]
    assert (found["number"]["sent"], found["number"]["coverage"]) == (2, 0)
    assert added(found) == {"mail": {"sent": 1}, "blue": {"sent": 1}}
    assert reasons(found) == {
        "before_window": ["past"],
        "immature": ["soon"],
        "not_sent": ["unsent"],
        "other_value": ["gold"],
    }


def test_coverage_is_of_the_value_that_was_asked_most_unless_one_is_named():
    assert explained(asked(), "coverage_by", "30d")["choices"] == {"by": "channel", "value": "chat"}
    assert explained(asked(), "coverage_by", "30d", {"by": "segment"})["choices"] == {"by": "segment", "value": "blue"}
    assert explained(asked(), "coverage_by", "30d", {"value": "gold"})["choices"] == {"by": "segment", "value": "gold"}


def test_a_blind_spot_lists_the_surveys_of_those_who_answer_least():
    found = explained(asked(), "blind_spot", "30d")
    assert found["number"] == found["shown"]
    assert found["choices"] == {"by": "segment", "value": "blue"}
    assert added(found) == {"mail": {"sent": 1}, "blue": {"sent": 1}}
    assert reasons(found)["other_value"] == ["gold"]


def test_where_nothing_is_a_blind_spot_the_surveys_were_too_few():
    found = explained(asked(least=3), "blind_spot", "30d")
    assert (found["number"], found["shown"], found["choices"], found["counted"]["n"]) == (None, None, {}, 0)
    assert reasons(found) == {
        "before_window": ["past"],
        "immature": ["soon"],
        "not_sent": ["unsent"],
        "asked_too_seldom": ["blue", "gold", "mail"],
    }


# -- what goes with low scores


def scored(*more):
    """Of transferred tickets two of three have a low score, of the others one of four; one chat has one too."""
    low = [("T1", 1), ("T2", 2), ("T3", 9)]
    rest = [("R1", 3), ("R2", 9), ("R3", 9), ("R4", 10)]
    return holding(
        *(opened(name, channel="chat" if name == "T1" else "email") for name, _ in low + rest),
        *(status(name, 5, "transferred") for name, _ in low),
        *(answered(f"S-{name}", i, score, ticket_id=name) for i, (name, score) in enumerate(low + rest)),
        *more,
    )


def test_a_driver_lists_its_own_answers_first_and_those_it_is_compared_with():
    found = explained(scored(), "drivers", "1h", {"factor": "transferred", "value": "yes"})
    assert found["number"] == found["shown"]
    assert found["counted"]["amounts"] == {"low": 2, "other": 1, "rest_low": 1, "rest_other": 3}
    assert list(added(found)) == ["S-T2", "S-T1", "S-T3", "S-R1", "S-R4", "S-R3", "S-R2"]
    assert found["counted"]["items"][0]["ticket_id"] == "T2"


def test_the_driver_with_most_low_answers_beyond_the_rest_is_meant_unless_one_is_named():
    # Chat is low each time, but that is one answer.
    assert explained(scored(), "drivers", "1h")["choices"] == {"factor": "transferred", "value": "yes"}
    assert explained(scored(), "drivers", "1h", {"factor": "channel"})["choices"]["value"] == "chat"
    # Nothing was reopened, so there is nothing to compare with.
    assert explained(scored(), "drivers", "1h", {"value": "no"})["choices"] == {"factor": "transferred", "value": "no"}
    assert explained(holding(), "drivers", "1h")["choices"] == {}


def test_surveys_say_why_they_tell_nothing_of_drivers():
    found = explained(
        holding(
            *(sent("silent", 5), answered("lonely", 5, 1), answered("effort", 5, 3, instrument="ces")),
            *(opened("T"), answered("unscored", 5, ticket_id="T"), answered("in", 5, 9, ticket_id="T")),
            answered("unscaled", 5, 3, ticket_id="T", instrument="csat", scale_max=9),
            *(opened("spam"), status("spam", 5, "spam"), answered("gone", 5, 1, ticket_id="spam")),
        ),
        "drivers",
        "1h",
    )
    assert list(added(found)) == ["in"]
    assert reasons(found) == {
        "survey_unanswered": ["silent"],
        "no_ticket": ["lonely"],
        "other_instrument": ["effort"],
        "unscored": ["unscored"],
        "unscaled": ["unscaled"],
        "retracted": ["gone"],
    }


# -- customers


def clientele():
    return holding(
        *(acquired("old", NOW - 4 * YEAR), answered("S", -DAY, 9, customer_id="old"), purchased("old", -DAY, 100.5)),
        *(acquired("back", NOW - 3 * YEAR), lost("back", NOW - 2 * YEAR), acquired("back", NOW - YEAR)),
        *(acquired("left", NOW - 2.5 * YEAR), lost("left", NOW - 2 * YEAR), lost("gone", -DAY)),
        *(purchased("buyer", -9), purchased("earlier", -60 * DAY, 5), opened("T", customer_id="caller")),
    )


def test_tenure_lists_those_who_are_customers_and_those_who_were():
    found = explained(clientele(), "tenure")
    assert found["number"] == found["shown"]
    assert added(found) == {
        "old": {"customers": 1, "tenure_years": 4, "lifespans": 1, "lived_years": 4}
        | dict.fromkeys(("long_tenure", "long_tenure_scored", "long_tenure_promoters"), 1),
        "back": {"customers": 1, "tenure_years": 1, "lifespans": 2, "lived_years": 2},
        "left": {"lifespans": 1, "lived_years": 0.5},
    }
    assert list(added(found)) == ["old", "back", "left"]
    assert found["counted"]["items"][2]["at"].startswith("2024-03-")
    assert reasons(found) == {"no_customer": ["buyer", "caller", "earlier", "gone"]}


@pytest.mark.parametrize(("us", "long"), [(0, 1), (1, None)])
def test_a_tenure_is_long_from_its_bound_on(us, long):
    now_us = NOON_US - us
    found = explained(holding(acquired("c", -3 * YEAR), now_us=now_us), "tenure")
    assert found["number"] == found["shown"]
    assert found["counted"]["amounts"].get("long_tenure") == long
    assert found["counted"]["amounts"]["tenure_years"] == pytest.approx(3 - us / YEAR_US)


def test_lifetime_value_lists_those_who_ever_were_customers_by_what_they_brought():
    found = explained(clientele(), "lifetime_value")
    assert found["number"] == found["shown"]
    assert list(added(found).items()) == [
        ("old", {"customers": 1, "lifespans": 1, "lived_years": 4, "purchases": 1, "revenue": 100.5}),
        ("back", {"customers": 1, "lifespans": 2, "lived_years": 2, "lost": 1}),
        ("left", {"customers": 1, "lifespans": 1, "lived_years": 0.5, "lost": 1}),
    ]
    assert reasons(found) == {"no_customer": ["buyer", "caller", "earlier", "gone"]}


def test_a_year_of_tenure_lists_what_was_lived_and_brought_in_it():
    found = explained(clientele(), "value_by_year", choices={"year": "3"})
    assert found["number"] == found["shown"]
    assert added(found)["old"] == {"lived_years": 1}
    first = explained(clientele(), "value_by_year")
    assert first["number"] == first["shown"]
    assert added(first)["back"] == {"lived_years": 2, "lost": 1}


def test_customers_lists_what_each_is_of_the_window():
    found = explained(clientele(), "customers", "30d")
    assert found["number"] == found["shown"]
    assert added(found) == {
        "gone": {"left": 1, "lost": 1, "start": 1},
        "old": {"end": 1, "start": 1},
        "back": {"end": 1, "start": 1},
    }
    assert reasons(found) == {"not_then": ["buyer", "caller", "earlier", "left"]}


@pytest.mark.parametrize(("metric", "field"), [("tenure", "customers"), ("baseline", "now"), ("backlog", "n")])
def test_a_number_is_made_of_nothing_but_what_was_taken_in(metric, field):
    partition = clientele()
    choices = {"which": "inflow"} if metric == "baseline" else {}
    assert explained(partition, metric, choices=choices)["number"][field] == 1 + (metric == "tenure")
    question = Question(NUMBERS[metric], choices, "", lambda _: True, 1)
    nothing = Explanation(question, partition.snapshot(), partition.policy)
    assert nothing.answer()["number"][field] == 0
