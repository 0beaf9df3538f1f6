"""The time that the numbers go by is the broker's as far as it is known, whatever the machine's clock says."""

from __future__ import annotations

from stream.engine.process.clock import Clock

SECOND = 1_000_000
BROKER_US = 1_700_000_000 * SECOND


class Machine:
    """A machine: its clock, which may be wrong, and one that nobody sets."""

    def __init__(self, fast_seconds: float = 0) -> None:
        self.elapsed = 5 * SECOND
        self.fast = int(fast_seconds * SECOND)
        self.clock = Clock("wall", lambda: self.broker_us + self.fast, lambda: self.elapsed)

    @property
    def broker_us(self) -> int:
        return BROKER_US + self.elapsed

    def ask(self, there_seconds: float = 0, back_seconds: float = 0) -> None:
        """Hear the broker's time; the request takes so long there, and the answer so long back."""
        asked = self.elapsed
        self.elapsed += int(there_seconds * SECOND)
        said = self.broker_us // 1000
        self.elapsed += int(back_seconds * SECOND)
        self.clock.heard(said, asked, self.elapsed)

    def wrong_by(self) -> float:
        return (self.clock.wall_us() - self.broker_us) / SECOND


def test_what_is_not_known_is_the_machine_s_own_clock_and_no_offset():
    machine = Machine(fast_seconds=600)
    assert machine.wrong_by() == 600
    assert machine.clock.offset_seconds is None


def test_a_clock_that_agrees_is_kept_to_the_microsecond():
    machine = Machine(fast_seconds=0.004)
    machine.ask(0.003, 0.01)
    assert machine.wrong_by() == 0.004
    assert machine.clock.offset_seconds == 0


def test_a_slow_and_a_fast_clock_are_corrected_to_within_the_time_that_the_answer_took():
    for fast_seconds in (-600, 172_800, -3, 3):
        machine = Machine(fast_seconds)
        machine.ask(0.01, 0.02)
        assert abs(machine.wrong_by()) <= 0.031
        offset = machine.clock.offset_seconds
        assert offset is not None
        assert abs(offset - fast_seconds) <= 0.031


def test_a_slow_answer_moves_nothing_and_a_quick_one_brings_it_nearer():
    machine = Machine(fast_seconds=4)
    machine.ask(3, 2)
    assert machine.wrong_by() <= 3.001
    machine.ask(0.001, 0.001)
    assert abs(machine.wrong_by()) <= 0.002
    before = machine.clock.wall_us() - machine.elapsed
    machine.ask(20, 20)
    assert machine.clock.wall_us() - machine.elapsed == before


def test_setting_the_clock_of_the_machine_changes_the_offset_and_nothing_else():
    machine = Machine()
    machine.ask(0.001, 0.001)
    machine.fast = -600 * SECOND
    assert abs(machine.wrong_by()) <= 0.002
    assert round(machine.clock.offset_seconds or 0) == -600


def test_windows_end_at_the_full_second_of_the_broker_and_history_ends_at_its_newest_event():
    machine = Machine(fast_seconds=172_800)
    machine.ask()
    assert machine.clock.now_us() == machine.broker_us // SECOND * SECOND
    history = Clock("watermark")
    history.saw(7)
    assert history.now_us() == 7
