"""Answers and sendings of many surveys as columns, and what a score means on its scale.

A survey of a ticket that counts has the attributes of the ticket, one of no known ticket its own; one of a ticket that
is retracted is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from stream.core.policy import DIMENSIONS
from stream.core.standing import AGES_US
from stream.core.windows import DAY_US
from stream.model.frame import Tickets
from stream.model.names import TOUCHPOINT
from stream.model.survey_records import INSTRUMENTS, SENDING, SURVEY_RECORD
from stream.model.times import Ints, Mask, Times

SCALES = tuple(map(str, range(1_001)))
"""The names of scales; an event may have no greater one, and no greater score."""


class Surveys:
    """What was asked and answered. n: how many sendings and answers; ticket: which of the tickets each belongs to."""

    def __init__(self, records: list[bytes], tickets: Tickets) -> None:
        """records: of the surveys of each of the tickets, those without a ticket as of one with no records."""
        found = np.frombuffer(b"".join(records), SURVEY_RECORD)
        lengths = np.fromiter(map(len, records), np.int64, tickets.n) // SURVEY_RECORD.itemsize
        ticket = np.repeat(np.arange(tickets.n), lengths)
        kept = np.flatnonzero(~tickets.is_retracted[ticket])
        self.policy, self.names, self.tickets = tickets.policy, tickets.names, tickets
        self.ticket: Ints = ticket[kept]
        self._records = found[kept]
        self.n = len(kept)

    def _column(self, name: str) -> Ints:
        column: Ints = self._records[name].astype(np.int64)
        return column

    @cached_property
    def of_ticket(self) -> Mask:
        """Which belong to a ticket that counts."""
        return self.tickets.live[self.ticket]

    @cached_property
    def attributes(self) -> Mapping[str, Ints]:
        """The codes of the attribute values: of the ticket, else of what the survey says itself."""
        values = self.policy.definitions.values
        own = {name: self.names.meanings(name, values)[self._column(name)] for name in ("channel", "segment")}
        return {
            name: np.where(self.of_ticket, self.tickets.attributes[name][self.ticket], own.get(name, 0))
            for name in DIMENSIONS
        }

    @cached_property
    def label(self) -> Ints:
        """The number of the labels that each counts under."""
        return self.names.labelled(self.attributes, self.n)

    # -- of the ticket that an answer is about

    @cached_property
    def age_of_response(self) -> Ints:
        """Which of the ages of AGES_US the ticket had at its first response; behind the last where there was none."""
        bounds = [below for _, _, below in AGES_US if below is not None]
        age = np.searchsorted(bounds, self.tickets.first_response, side="right")
        return np.where(self.tickets.responded.known, age, len(AGES_US))[self.ticket]

    @cached_property
    def ticket_reopened(self) -> Mask:
        """Which are about a ticket that was opened again."""
        return self.tickets.reopened.any()[self.ticket]

    @cached_property
    def ticket_transferred(self) -> Mask:
        """Which are about a ticket that was transferred."""
        return self.tickets.became("transferred").any()[self.ticket]

    # -- sendings

    @cached_property
    def _is_sending(self) -> Mask:
        sending: Mask = self._records["instrument"] == SENDING
        return sending

    @cached_property
    def sent(self) -> Times:
        """When each sending went out."""
        return Times(self._column("at")).where(self._is_sending)

    @cached_property
    def mature(self) -> Times:
        """When the time for an answer to each sending is over."""
        return self.sent + self.policy.definitions.mature_days * DAY_US

    @cached_property
    def first_answered(self) -> Times:
        """When the survey of each sending was answered first."""
        return Times(self._column("other")).where(self._is_sending)

    # -- answers

    @cached_property
    def answered(self) -> Times:
        """When each answer was given."""
        return Times(self._column("at")).where(~self._is_sending)

    @cached_property
    def asked(self) -> Times:
        """When the survey of each answer was sent."""
        return Times(self._column("other")).where(~self._is_sending)

    def to(self, instrument: str) -> Mask:
        """Return which are answers to an instrument."""
        answers: Mask = self._records["instrument"] == INSTRUMENTS[instrument]
        return answers

    @cached_property
    def score(self) -> Ints:
        """The score of each answer, -1 where there is none."""
        return self._column("score")

    @cached_property
    def scored(self) -> Mask:
        """Which answers have a score."""
        return self.score >= 0

    @cached_property
    def commented(self) -> Mask:
        """Which answers have words to them."""
        commented: Mask = self._records["commented"] == 1
        return commented

    @cached_property
    def touchpoint(self) -> Ints:
        """The code of where each customer was asked."""
        return self._column(TOUCHPOINT)

    @cached_property
    def scale(self) -> Ints:
        """The top of the scale of each CSAT or CES answer: what it says itself, else the policy's."""
        terms, said = self.policy.definitions, self._column("scale")
        return np.where(said >= 0, said, np.where(self.to("csat"), terms.csat_scale, terms.ces_scale))

    def _on_scale(self, instrument: str, counts: Mapping[int, int]) -> tuple[Mask, Ints]:
        """Return which answers can be judged by so many scores of their scale, and how many these are.

        A score above its scale was given on another, which nobody named.
        """
        table = np.full(len(SCALES), -1)
        for scale, count in counts.items():
            if scale < len(SCALES):
                table[scale] = count
        most = table[self.scale]
        return self.to(instrument) & self.scored & (most >= 0) & (self.score <= self.scale), most

    @cached_property
    def effort(self) -> tuple[Mask, Mask]:
        """Which CES answers can be judged, and which of these tell of little effort."""
        terms = self.policy.definitions
        judged, best = self._on_scale("ces", terms.ces_low_effort)
        little = self.score > self.scale - best if terms.ces_ease else self.score <= best
        return judged, judged & little

    @cached_property
    def satisfaction(self) -> tuple[Mask, Mask]:
        """Which answers of customers can be judged, and which of these are satisfied."""
        judged, top = self._on_scale("csat", self.policy.definitions.csat_top)
        nps, (ces, little) = self.to("nps") & self.scored, self.effort
        return nps | judged | ces, (nps & (self.score >= 9)) | (judged & (self.score > self.scale - top)) | little

    @cached_property
    def low(self) -> tuple[Mask, Mask]:
        """Which answers can be judged whether somebody should look at them, and which of these are that low."""
        terms = self.policy.definitions
        judged, lowest = self._on_scale("csat", terms.csat_low)
        others = (self.to("nps") | self.to("enps")) & self.scored
        return others | judged, (others & (self.score <= terms.nps_low)) | (judged & (self.score <= lowest))

    @cached_property
    def bad_comment(self) -> Mask:
        """Which are low scores with words to them."""
        _, low = self.low
        return low & self.commented
