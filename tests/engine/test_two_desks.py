"""Two desks under one app_id: the second does not start, and says with whom it collides."""

from __future__ import annotations

from tests.engine.changelogs import changelog, no_worker
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk
from tests.engine.test_numbers import assert_exact, story


async def test_a_worker_of_another_desk_refuses_to_start_and_says_whose_the_changelog_is(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    events = story(50)
    first = desk.start("first")
    await desk.send(events)
    shown = await first.until_caught_up()
    assert await first.terminate() == 0
    renamed = f"{desk.settings.app_id}-tickets"
    other = Desk(desk.settings.model_copy(update={"topic_ticket_opened": renamed}), desk.folder)
    await other.create_topics()
    worker = other.start("other")
    try:
        assert await worker.ended() == 78, worker.log
        assert f"worker {shown['worker']} wrote there at " in worker.log
        assert f'topics.ticket_opened "{desk.settings.topic_ticket_opened}" -> "{renamed}"' in worker.log
        assert "DESKPULSE_APP_ID" in worker.log
        await no_worker(desk)
        again = desk.start("again")  # whom it collided with goes on
        assert_exact(events, await again.until_caught_up(), desk.folder)
        assert await again.terminate() == 0
        await no_worker(desk)

        # Renamed on purpose: the sources are read again, under the new names.
        status, said = await changelog(other, "rebuild")
        assert status == 0, said
        worker = other.start("on purpose")
        assert_exact(events, await worker.until_caught_up(), desk.folder)
    finally:
        other.end()
