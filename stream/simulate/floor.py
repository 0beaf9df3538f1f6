"""What everyone at the desk shares: the clock's agenda, the journal, the teams and a stream of chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stream.simulate.agenda import Agenda
from stream.simulate.chance import Chance, Mix
from stream.simulate.journal import Journal
from stream.simulate.team import Handler, Team
from stream.simulate.ticket import Ticket

#: the queues a customer's matter belongs to
QUEUES: Final = Mix({"technical": 0.32, "billing": 0.28, "returns": 0.18, "sales": 0.14, "account": 0.08})
#: where escalations go: people who may decide
SECOND_LINE: Final = "second-line"


@dataclass(frozen=True, slots=True)
class Floor:
    agenda: Agenda
    journal: Journal
    chance: Chance
    teams: dict[str, Team]

    def queue_up(self, now_us: int, ticket: Ticket, handler: Handler) -> None:
        """Back into the line of the ticket's team."""
        self.teams[ticket.team].join(now_us, ticket, handler)

    def hang_up(self, now_us: int, ticket: Ticket) -> None:
        """The agent is done with the ticket, for now or for good."""
        self.teams[ticket.team].release(now_us, ticket.agent)

    def hand_over(self, now_us: int, ticket: Ticket, status: str, to_queue: str, handler: Handler) -> None:
        """Another team takes over (`status` is transferred or escalated) and the agent is free again."""
        agent, team = ticket.agent, ticket.team
        self.journal.status(now_us, ticket, status, to_queue=to_queue, agent_id=agent)
        ticket.transfers += 1
        ticket.queue = to_queue
        self.teams[to_queue].join(now_us, ticket, handler)
        self.teams[team].release(now_us, agent)

    def other_queue(self, ticket: Ticket) -> str:
        """Where a matter that came to the wrong team belongs."""
        while True:
            queue = QUEUES.pick(self.chance)
            if queue != ticket.team:
                return queue
