"""Asking the desk's own people: would they recommend working here?"""

from __future__ import annotations

from stream.simulate.agenda import Agenda
from stream.simulate.chance import Chance
from stream.simulate.journal import Event
from stream.simulate.poll import Poll, Question, Words
from stream.simulate.team import Team

# Each agent about once in two weeks.
_ASKED_A_SHIFT = 0.1
_ANSWER_SHARE = 0.7
_WORDS = Words(
    praise=("Good team.", "Proud of what we do here.", "My lead listens."),
    so_so=("Fine so far.", "The tools could be quicker.", "Shifts change at short notice."),
    complaint=("Too many tickets, too few people.", "No break since the morning.", "Nobody reads these surveys."),
)


class Pulses:
    """Short surveys (eNPS) to agents: no ticket, no customer. A long line in front of a team costs points."""

    def __init__(self, agenda: Agenda, poll: Poll, chance: Chance, prefix: str) -> None:
        self._agenda = agenda
        self._poll = poll
        self._chance = chance
        self._prefix = prefix
        self._moods: dict[str, float] = {}
        self._count = 0

    def shift_began(self, now_us: int, team: Team, heads: int) -> None:
        """Some of those who came are asked in the course of the shift."""
        for number in range(heads):
            if self._chance.hit(_ASKED_A_SHIFT):
                person = f"{team.name}-{number}"
                self._agenda.at(now_us + self._chance.waiting(2 * 3600), self._ask, (team, person, heads))

    def _ask(self, now_us: int, whom: tuple[Team, str, int]) -> None:
        team, person, heads = whom
        if person not in self._moods:
            self._moods[person] = self._chance.gauss(0.0, 1.4)
        self._count += 1
        sent: Event = {"instrument": "enps", "touchpoint": "team_pulse"}
        strain = min(3.0, 0.3 * team.waiting / heads)
        question = Question(
            survey_id=f"E-{self._prefix}-{self._count}",
            sent=sent,
            kept=("touchpoint",),
            answer_share=_ANSWER_SHARE,
            median_seconds=1800,
            feeling=8.1 + self._moods[person] + self._chance.gauss(0.0, 0.8) - strain,
            words=_WORDS,
        )
        self._poll.ask(now_us, question)
