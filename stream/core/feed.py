"""Whether events still arrive: what a board may say of a desk depends on it."""

from __future__ import annotations

from typing import Literal, get_args

from stream.core.schedule import Schedules

# never: no event has ever come. behind: those that came are not read yet. alive: the newest is recent. quiet: it is
# not, but by the hours of the desk none had to come. dead: the desk is open, and none comes.
Feed = Literal["never", "behind", "alive", "quiet", "dead"]
FEEDS: tuple[Feed, ...] = get_args(Feed)


def feed(newest_us: int | None, now_us: int, silence_us: int, schedules: Schedules | None) -> Feed:
    """Judge the feed by its newest event (None: there never was one).

    silence_us: for so long nothing may come while the desk is open. schedules: its business hours, None if nobody
    stated any, so that it counts as always open. A desk is open while any of its schedules is.
    """
    if newest_us is None:
        return "never"
    if abs(now_us - newest_us) <= silence_us:
        return "alive"
    if newest_us > now_us:
        return "quiet"  # dated ahead by a wrong clock: when it came is not known
    if schedules is None:
        return "dead"
    opened = (schedules.default, *schedules.by_queue.values())
    return "dead" if any(each.elapsed_us(newest_us, now_us) > silence_us for each in opened) else "quiet"
