"""The last hour of each tile."""

from __future__ import annotations

from stream.board.breaches import Breaches
from stream.board.slices import Slices
from stream.board.trend import MOST_POINTS, Trend
from stream.core.policy import Policy
from tests.board.desks import board, totals
from tests.events import opened, responded, status

TWO = board("metric: waiting", "metric: csat, trend: false")


def test_a_point_is_made_every_ten_seconds_at_the_full_ten() -> None:
    trend = Trend()
    for second in range(1003, 1031):
        trend.add(TWO, second, {"p0t0": second, "p0t1": 1})
    assert trend.document(TWO) == {"tiles": {"p0t0": [(1000, 1003), (1010, 1010), (1020, 1020), (1030, 1030)]}}


def test_what_was_not_known_is_a_gap_and_not_zero() -> None:
    trend = Trend()
    trend.add(TWO, 1000, {"p0t0": 4})
    trend.add(TWO, 1010, {"p0t0": None})
    trend.add(TWO, 1020, {})
    assert trend.document(TWO)["tiles"]["p0t0"] == [(1000, 4), (1010, None), (1020, None)]


def test_an_hour_is_kept_and_no_more_also_when_there_were_pauses() -> None:
    trend = Trend()
    for second in range(0, 7200, 10):
        trend.add(TWO, 10_000 + second, {"p0t0": second})
    points = trend.document(TWO)["tiles"]["p0t0"]
    assert len(points) == MOST_POINTS == 360
    assert (points[0][1], points[-1][1]) == (3600, 7190)
    trend.add(TWO, 10_000 + 7190 + 3000, {"p0t0": 1})
    assert next(at for at, _ in trend.document(TWO)["tiles"]["p0t0"]) == 10_000 + 7190 + 3000 - 3590


def test_a_clock_that_goes_back_makes_no_second_point() -> None:
    trend = Trend()
    trend.add(TWO, 1000, {"p0t0": 1})
    assert not trend.is_due(995)
    assert not trend.is_due(1009.9)
    assert trend.is_due(1010)
    trend.add(TWO, 995, {"p0t0": 2})
    assert trend.document(TWO)["tiles"]["p0t0"] == [(1000, 1)]


def test_a_tile_keeps_its_past_when_it_moves_and_a_tile_of_other_tickets_has_none() -> None:
    trend = Trend()
    trend.add(TWO, 1000, {"p0t0": 4, "p0t1": 80})
    moved = board(
        "metric: csat", "metric: waiting, width: 2, title: In line", "metric: waiting, filter: {channel: chat}"
    )
    assert trend.document(moved) == {"tiles": {"p0t0": [], "p0t1": [(1000, 4)], "p0t2": []}}
    trend.add(moved, 1010, {"p0t0": 80, "p0t1": 5, "p0t2": 1})
    assert trend.document(moved)["tiles"]["p0t1"] == [(1000, 4), (1010, 5)]
    trend.add(TWO, 1020, {"p0t0": 6})
    assert trend.document(moved)["tiles"]["p0t2"] == []  # what nobody shows any more is forgotten


def test_breaches_are_new_when_they_begin_and_only_those_of_the_board() -> None:
    policy = Policy()
    waiting = [opened("A", 0, channel="chat"), opened("B", 0, channel="phone"), opened("C", 100, channel="chat")]

    def at(seconds: float, *more: dict[str, object]) -> Slices:
        return Slices(totals([*waiting, *more], policy, seconds), policy)

    everywhere, chat = Breaches(), Breaches()
    chats = (("channel", ("chat",)),)
    assert everywhere.look(at(130), ()) == {"now": 1, "new": 0}  # it may have been for hours
    assert chat.look(at(10), chats) == {"now": 0, "new": 0}
    assert everywhere.look(at(200), ()) == {"now": 1, "new": 0}
    assert everywhere.look(at(250), ()) == {"now": 3, "new": 2}
    assert chat.look(at(250), chats) == {"now": 2, "new": 2}
    answered = (responded("A", 251), responded("C", 251))
    assert everywhere.look(at(260, *answered), ()) == {"now": 1, "new": 0}
    # A partition was away, and comes back with the breaches that it had.
    assert everywhere.look(at(260, *answered, responded("B", 255)), (), live=False) == {"now": 0, "new": 0}
    assert everywhere.look(at(260, *answered), ()) == {"now": 1, "new": 0}
    # Under the same labels one goes while another comes.
    later = opened("D", 100, channel="phone")
    assert everywhere.look(at(341, *answered, responded("B", 300), later), ()) == {"now": 1, "new": 1}
    assert everywhere.look(at(342, *answered, responded("B", 300), later), ()) == {"now": 1, "new": 0}
    # What is heard of only when its deadline is long over can be told by the number alone.
    assert everywhere.look(at(500, later), ()) == {"now": 4, "new": 3}


def test_each_of_two_breaches_of_the_same_second_is_new_though_as_many_end_in_it() -> None:
    policy = Policy()
    chats = [opened(name, at, channel="chat") for name, at in (("A", 0), ("B", 0), ("C", 60), ("D", 60.5))]
    breaches = Breaches()

    def look(seconds: float, *answers: dict[str, object]) -> dict[str, int]:
        return breaches.look(Slices(totals([*chats, *answers], policy, seconds), policy), ())

    assert look(180) == {"now": 2, "new": 0}
    assert look(181, responded("A", 180.2), responded("B", 180.3)) == {"now": 2, "new": 2}
    assert look(182, responded("A", 180.2), responded("B", 180.3)) == {"now": 2, "new": 0}


def test_a_breach_that_moves_to_another_queue_is_not_new() -> None:
    policy = Policy()
    breaches = Breaches()
    story = [opened("A", 0, channel="chat", queue="sales")]
    assert breaches.look(Slices(totals(story, policy, 100), policy), ()) == {"now": 0, "new": 0}
    assert breaches.look(Slices(totals(story, policy, 130), policy), ()) == {"now": 1, "new": 1}
    story.append(status("A", 140, "updated", queue="billing"))
    assert breaches.look(Slices(totals(story, policy, 150), policy), ()) == {"now": 1, "new": 0}
