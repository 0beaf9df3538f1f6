"""How far everything has been read: as far as the slowest topic."""

from __future__ import annotations

from stream.partition.watermark import Watermark


def test_before_any_event_there_is_no_watermark():
    watermark = Watermark(["a", "b"])
    watermark.pass_over({"a", "b"})
    assert (watermark.us, watermark.newest_us) == (None, None)


def test_it_is_that_of_the_slowest_topic():
    watermark = Watermark(["a", "b"])
    watermark.saw("a", 100)
    assert (watermark.us, watermark.newest_us) == (None, 100)
    watermark.saw("b", 40)
    assert (watermark.us, watermark.newest_us) == (40, 100)
    watermark.saw("b", 170)
    assert watermark.us == 100


def test_it_never_goes_back():
    watermark = Watermark(["a"])
    watermark.saw("a", 100)
    watermark.saw("a", 50)
    assert (watermark.us, watermark.newest_us) == (100, 100)
    watermark.saw("b", 10)  # a topic that nobody waited for
    assert watermark.us == 100


def test_a_topic_with_nothing_left_to_read_holds_nothing_back():
    watermark = Watermark(["a", "b"])
    watermark.saw("a", 100)
    watermark.pass_over({"b"})
    assert watermark.us == 100
    watermark.saw("b", 30)
    watermark.pass_over({"a", "b"})
    assert watermark.us == 100


def test_what_comes_after_a_topic_was_idle_waits_for_it_again():
    watermark = Watermark(["a", "b"])
    watermark.saw("b", 90)
    watermark.saw("a", 100)
    watermark.pass_over({"b"})
    watermark.saw("a", 900)  # of that hour the other topic may have much on its way
    assert watermark.us == 100
    watermark.saw("b", 400)
    assert watermark.us == 400


def test_without_topics_to_wait_for_the_newest_event_decides():
    watermark = Watermark([])
    assert watermark.passed_us >= 1 << 62
    watermark.saw("x", 5)
    assert watermark.us == 5


def test_an_instant_is_passed_once_each_topic_was_read_up_to_it():
    watermark = Watermark(["a", "b"])
    watermark.saw("a", 100)
    assert watermark.passed_us < 100
    watermark.saw("b", 99)
    assert watermark.passed_us == 99
    watermark.read_until_us = {"b": 100}
    assert watermark.passed_us == 100
    watermark.pass_over({"a", "b"})
    assert watermark.passed_us == 100, "that a topic was idle says nothing about what comes just now"
