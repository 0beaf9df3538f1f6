"""Six weeks of a small desk: everything that is counted somewhere happens, in shares as of a real desk.

The bounds are wide. They say that a number moves and looks like one, not what it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import mean, median

import pytest

from stream.simulate import Desk, Event

MONDAY = datetime(2026, 10, 5, tzinfo=UTC)
PROMISED_SECONDS = {"phone": 240, "chat": 120, "social": 3600, "email": 86_400, "form": 86_400}
DAY_SECONDS = 86_400.0


@dataclass
class Story:
    """What became of a ticket; times are seconds of the epoch."""

    opening: Event
    opened: float
    answered: float | None = None
    resolved: float | None = None
    abandoned: float | None = None
    retracted: bool = False
    replies: int = 0
    waits: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    returns: list[float] = field(default_factory=list)
    asks_since: float | None = None

    def goes_on(self, event: Event, at: float) -> None:
        status = event.get("status")
        if status is not None:
            self.statuses[status] += 1
            self._changes(status, at)
        elif event["author"] == "customer" and self.answered is not None and self.asks_since is None:
            self.asks_since = at
        elif event["author"] == "agent" and event["public"]:
            self.replies += 1
            if self.answered is None:
                self.answered = at
            if self.asks_since is not None:
                self.waits.append(at - self.asks_since)
                self.asks_since = None

    def _changes(self, status: str, at: float) -> None:
        if status in ("merged", "spam", "deleted"):
            self.retracted = True
        elif status == "reopened":
            self.retracted = False
            self.returns.append(at)
        elif status == "abandoned":
            self.abandoned = at
        elif status == "resolved" and self.resolved is None:
            self.resolved = at
        if status in ("resolved", "closed", "abandoned"):
            self.asks_since = None


def seconds(event: Event) -> float:
    return datetime.fromisoformat(event["occurred_at"]).timestamp()


@pytest.fixture(scope="module")
def weeks() -> list[Event]:
    return list(Desk(start=MONDAY, days=42, tickets_per_day=600, leftovers=20).events())


@pytest.fixture(scope="module")
def stories(weeks: list[Event]) -> dict[str, Story]:
    told: dict[str, Story] = {}
    for event in weeks:
        if event["type"] == "ticket.opened":
            told[event["ticket_id"]] = Story(event, seconds(event))
        elif event["type"].startswith("ticket."):
            told[event["ticket_id"]].goes_on(event, seconds(event))
    return told


@pytest.fixture(scope="module")
def surveys(weeks: list[Event]) -> dict[str, tuple[Event, Event | None]]:
    """The sending and the last answer of each survey."""
    sent: dict[str, tuple[Event, Event | None]] = {}
    for event in weeks:
        if event["type"] == "survey.sent":
            sent[event["survey_id"]] = (event, None)
        elif event["type"] == "survey.answered":
            sent[event["survey_id"]] = (sent[event["survey_id"]][0], event)
    return sent


def share(things: Iterable[Story], happened: Callable[[Story], object]) -> float:
    return mean(bool(happened(each)) for each in things)


def by_channel(stories: dict[str, Story], channel: str) -> list[Story]:
    return [each for each in stories.values() if each.opening["channel"] == channel and not each.retracted]


def test_a_ticket_has_seven_or_eight_events(weeks: list[Event], stories: dict[str, Story]) -> None:
    assert 6.5 < len(weeks) / len(stories) < 8.0


def test_a_few_tickets_are_transferred_escalated_reopened_retracted_or_opened_by_an_agent(
    stories: dict[str, Story],
) -> None:
    everyone = stories.values()
    # Most transfers are from the bot of the chat.
    assert 0.12 < share(everyone, lambda each: each.statuses["transferred"]) < 0.3
    assert 0.003 < share(everyone, lambda each: each.statuses["transferred"] > 1) < 0.05
    assert 0.02 < share(everyone, lambda each: each.statuses["escalated"]) < 0.08
    assert 0.04 < share((each for each in everyone if each.resolved), lambda each: each.statuses["reopened"]) < 0.12
    assert 0.01 < share(everyone, lambda each: each.statuses["spam"]) < 0.04
    assert 0.005 < share(everyone, lambda each: each.statuses["merged"]) < 0.03
    assert 0.0005 < share(everyone, lambda each: each.statuses["deleted"]) < 0.01
    assert 0.004 < share(everyone, lambda each: each.opening.get("opened_by") == "agent") < 0.04


def test_more_than_half_of_the_resolved_tickets_took_one_answer(stories: dict[str, Story]) -> None:
    resolved = [each for each in stories.values() if each.resolved and not each.retracted]
    assert 0.45 < share(resolved, lambda each: each.replies == 1) < 0.75
    assert share(resolved, lambda each: each.replies == 0) < 0.12, "the bot and the rules of the desk"


def test_customers_who_write_again_are_answered_sooner_than_a_day_mostly(stories: dict[str, Story]) -> None:
    waits = [wait for each in stories.values() for wait in each.waits]
    assert len(waits) > 0.2 * len(stories)
    assert 60 < median(waits) < 3600
    assert mean(wait > 4 * 3600 for wait in waits) > 0.02, "nobody waits long"


def test_most_are_answered_in_the_time_promised_and_some_are_not(stories: dict[str, Story]) -> None:
    for channel, promised in PROMISED_SECONDS.items():
        answered = [each for each in by_channel(stories, channel) if each.answered]
        in_time = mean((each.answered or 0.0) - each.opened <= promised for each in answered)
        assert 0.7 < in_time < 0.999, channel


def test_some_hang_up_at_once_some_soon_and_some_after_the_promise(stories: dict[str, Story]) -> None:
    for channel in ("phone", "chat"):
        contacts = by_channel(stories, channel)
        gave_up = [each.abandoned - each.opened for each in contacts if each.abandoned and not each.answered]
        assert 0.03 < len(gave_up) / len(contacts) < 0.3, channel
        assert 0.02 < mean(wait < 5 for wait in gave_up) < 0.3, channel
        assert mean(wait > PROMISED_SECONDS[channel] for wait in gave_up) > 0.05, channel


def test_some_customers_come_back_within_a_day_and_more_within_three(stories: dict[str, Story]) -> None:
    contacts: dict[str, list[float]] = defaultdict(list)
    for each in stories.values():
        if not each.retracted:
            own = [] if each.opening.get("opened_by") == "agent" else [each.opened]
            contacts[each.opening["customer_id"]] += own + each.returns
    end = (MONDAY + timedelta(days=39)).timestamp()
    settled = [
        (each.resolved, contacts[each.opening["customer_id"]])
        for each in stories.values()
        if each.resolved and each.resolved < end and not each.retracted
    ]
    avoided = [
        mean(not any(at < again <= at + days * DAY_SECONDS for again in who) for at, who in settled)
        for days in (1, 2, 3)
    ]
    assert 0.95 > avoided[0] > avoided[1] > avoided[2] > 0.6


def test_each_instrument_and_touchpoint_is_asked(surveys: dict[str, tuple[Event, Event | None]]) -> None:
    sent = [asked for asked, _ in surveys.values()]
    instruments = Counter(asked["instrument"] for asked in sent)
    touchpoints = Counter(asked["touchpoint"] for asked in sent)
    assert set(touchpoints) == {"resolved", "delivery", "relationship", "onboarding", "team_pulse"}
    assert [name for name, _ in instruments.most_common()] == ["nps", "csat", "ces", "enps"]
    assert touchpoints["team_pulse"] == instruments["enps"] > 30
    for name, count in touchpoints.items():
        assert 0.002 < count / len(sent) < 0.9, name


def test_scores_are_those_of_a_desk_that_does_well_but_not_at_everything(
    surveys: dict[str, tuple[Event, Event | None]],
) -> None:
    scores: dict[str, list[int]] = defaultdict(list)
    for _, answer in surveys.values():
        if answer and "score" in answer:
            scale = answer.get("scale_max", {"csat": 5, "ces": 7}.get(answer["instrument"], 10))
            scores[f"{answer['instrument']} of {scale}"].append(answer["score"])
    for instrument, least in (("nps of 10", 20), ("enps of 10", -20)):
        found = scores[instrument]
        assert least < 100 * (mean(each > 8 for each in found) - mean(each < 7 for each in found)) < 70
    for scale, satisfied in ((5, 4), (4, 3), (10, 8)):
        assert 0.65 < mean(each >= satisfied for each in scores[f"csat of {scale}"]) < 0.98, scale
    for scale, little in ((7, 3), (5, 2), (10, 3)):
        assert 0.5 < mean(each <= little for each in scores[f"ces of {scale}"]) < 0.98, scale


def test_one_channel_and_one_segment_answer_far_less_than_the_others(
    surveys: dict[str, tuple[Event, Event | None]], stories: dict[str, Story]
) -> None:
    for by, silent in (("segment", "enterprise"), ("channel", "social")):
        answered: dict[str, list[bool]] = defaultdict(list)
        for asked, answer in surveys.values():
            where = stories[asked["ticket_id"]].opening if "ticket_id" in asked else asked
            answered[where.get(by, "nobody")].append(answer is not None)
        others = [each for value, found in answered.items() if value != silent for each in found]
        assert len(answered[silent]) >= 20
        assert mean(answered[silent]) < 0.6 * mean(others)


def test_long_waits_reopenings_and_transfers_go_with_low_scores(
    surveys: dict[str, tuple[Event, Event | None]], stories: dict[str, Story]
) -> None:
    low: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for _, answer in surveys.values():
        if answer is None or answer["instrument"] != "nps" or "score" not in answer or "ticket_id" not in answer:
            continue
        story, is_low = stories[answer["ticket_id"]], answer["score"] <= 6
        if story.answered:
            low["waited", story.answered - story.opened > 4 * 3600].append(is_low)
        low["reopened", story.statuses["reopened"] > 0].append(is_low)
        low["transferred", story.statuses["transferred"] > 0].append(is_low)
    for factor in ("waited", "reopened", "transferred"):
        assert len(low[factor, True]) > 15, factor
        assert mean(low[factor, True]) > mean(low[factor, False]) + 0.05, factor


def test_bad_scores_come_with_comments_which_are_sometimes_blank(
    surveys: dict[str, tuple[Event, Event | None]],
) -> None:
    comments = [answer["comment"] for _, answer in surveys.values() if answer and "comment" in answer]
    assert 0 < sum(not comment.strip() for comment in comments) < 0.1 * len(comments)
    bad = [answer for _, answer in surveys.values() if answer and answer["instrument"] == "nps"]
    assert mean("comment" in answer for answer in bad if answer.get("score", 10) <= 4) > 0.4


def test_most_customers_have_been_there_for_years_and_some_come_leave_or_come_back(weeks: list[Event]) -> None:
    since: dict[str, float] = {}
    acquired, lost, won_back = 0, 0, 0
    gone: set[str] = set()
    began = MONDAY.timestamp()
    base = 0
    for event in weeks:
        who, at = event.get("customer_id", ""), seconds(event)
        if event["type"] == "customer.acquired":
            assert who not in since, "is a customer already"
            since[who] = at
            base += at < began
            acquired += at >= began
            won_back += who in gone
        elif event["type"] == "customer.lost":
            del since[who]  # a KeyError if nobody knows that customer
            gone.add(who)
            lost += 1
    assert base == 2400, "four a daily ticket"
    assert 0.02 < lost / base < 0.3
    assert 1.0 < acquired / lost < 5.0
    assert won_back > 0
    years = [(began - at) / DAY_SECONDS / 365.25 for at in since.values() if at < began]
    assert 1.5 < mean(years) < 3.5
    assert 0.15 < mean(each >= 3 for each in years) < 0.6


def test_there_are_purchases_some_without_a_price_and_signals_of_all_kinds_and_some_refunds(weeks: list[Event]) -> None:
    purchases = [event for event in weeks if event["type"] == "customer.purchased"]
    assert 0.01 < mean("amount" not in event for event in purchases) < 0.1
    assert 20 < median(event["amount"] for event in purchases if "amount" in event) < 500
    assert len({event["customer_id"] for event in purchases}) < 0.9 * len(purchases), "nobody buys twice"
    signals = Counter(event["signal"] for event in weeks if event["type"] == "customer.signal")
    assert set(signals) == {"form_started", "form_abandoned", "call_missed", "app_uninstalled", "web_return"}
    assert 0.3 < signals["form_abandoned"] / signals["form_started"] < 0.5
    refunds = [event for event in weeks if event["type"] == "customer.refunded"]
    assert 0.02 < len(refunds) / len(purchases) < 0.08
    assert min(signals.values()) > 0.03 * signals.total()


def test_the_same_hour_of_each_week_is_alike_and_the_night_is_not(stories: dict[str, Story]) -> None:
    def opened_within(day: int, hour: int) -> int:
        begin = (MONDAY + timedelta(days=day, hours=hour)).timestamp()
        return sum(begin <= each.opened < begin + 3600 for each in stories.values())

    tuesdays = [opened_within(1 + 7 * week, 10) for week in range(6)]
    nights = [opened_within(1 + 7 * week, 3) for week in range(6)]
    assert min(tuesdays) > 3 * max(nights)
    assert max(tuesdays) < 2 * min(tuesdays)
