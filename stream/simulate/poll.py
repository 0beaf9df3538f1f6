"""Asking somebody how it is, and what comes back: an answer, perhaps a comment, perhaps a second thought."""

from __future__ import annotations

from dataclasses import dataclass

from stream.simulate.agenda import Agenda
from stream.simulate.chance import Chance
from stream.simulate.journal import Event, Journal
from stream.simulate.scale import SCALES, USUAL, score

_SCALE_NAMED = 0.9
_UNSCORED = 0.04
_SECOND_THOUGHT = 0.05
_COMMENTS_WHEN_BAD, _COMMENTS = 0.6, 0.2
_BLANK = 0.02


@dataclass(frozen=True, slots=True)
class Words:
    """What people write who are happy, neither, or unhappy."""

    praise: tuple[str, ...]
    so_so: tuple[str, ...]
    complaint: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One survey to one person.

    sent: fields of the sending. kept: names of those that the answer repeats. answer_share: how likely such a person
    answers when neither delighted nor angry; median_seconds: until then. feeling: about 0..10, not rounded.
    """

    survey_id: str
    sent: Event
    kept: tuple[str, ...]
    answer_share: float
    median_seconds: float
    feeling: float
    words: Words


class Poll:
    """Sends questions and writes down what comes back."""

    def __init__(self, agenda: Agenda, journal: Journal, chance: Chance) -> None:
        self._agenda = agenda
        self._journal = journal
        self._chance = chance

    def ask(self, now_us: int, question: Question) -> None:
        """The survey goes out now."""
        chance, feeling = self._chance, question.feeling
        self._journal.survey(now_us, "sent", question.survey_id, question.sent)
        # Delight and anger answer, indifference does not.
        if not chance.hit(question.answer_share * (0.75 + 0.12 * abs(feeling - 7.0))):
            return
        instrument = question.sent["instrument"]
        fields: Event = {name: question.sent[name] for name in ("instrument", *question.kept)}
        top = SCALES[instrument].pick(chance) if instrument in SCALES else None
        if top is not None and (top != USUAL[instrument] or chance.hit(_SCALE_NAMED)):
            fields["scale_max"] = top
        if not chance.hit(_UNSCORED):
            fields["score"] = score(instrument, top, feeling)
        if chance.hit(_COMMENTS_WHEN_BAD if feeling < 5 else _COMMENTS):
            fields["comment"] = self._comment(question.words, feeling)
        when_us = now_us + chance.working(question.median_seconds, 1.3)
        self._agenda.at(when_us, self._write_answer, (question.survey_id, fields))
        if chance.hit(_SECOND_THOUGHT):  # the last answer is the one that counts
            again = {**fields, "score": score(instrument, top, feeling + chance.gauss(0.0, 2.0))}
            self._agenda.at(when_us + chance.waiting(6 * 3600), self._write_answer, (question.survey_id, again))

    def _comment(self, words: Words, feeling: float) -> str:
        if self._chance.hit(_BLANK):  # clicked into the field, and thought no more of it
            return " "
        choice = words.praise if feeling >= 8.5 else words.so_so if feeling >= 6.5 else words.complaint
        return choice[int(self._chance.random() * len(choice))]

    def _write_answer(self, now_us: int, answer: tuple[str, Event]) -> None:
        self._journal.survey(now_us, "answered", *answer)
