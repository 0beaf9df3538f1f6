"""What a ticket adds does not depend on what was taken over from an earlier state of it."""

from __future__ import annotations

from typing import get_args

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.events import Status
from stream.core.contributions import NOTHING, share
from stream.core.definitions import Definitions
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.ticket import EMPTY, lift
from stream.core.ticket_merge import merge
from tests.events import answered, decoded, opened, responded, sent, status
from tests.tries import tries

POLICY = Policy(labels=("channel", "queue"), definitions=Definitions(pausing=frozenset({"pending", "resolved"})))

seconds = st.integers(-20, 200)
events_of_one_ticket = st.lists(
    st.one_of(
        st.builds(opened, st.just("T"), seconds, channel=st.sampled_from(["chat", "email"])),
        st.builds(responded, st.just("T"), seconds, st.sampled_from(["agent", "agent", "bot", "customer"])),
        st.builds(status, st.just("T"), seconds, st.sampled_from(get_args(Status))),
        st.builds(status, st.just("T"), seconds, st.just("updated"), queue=st.sampled_from(["a", "b"])),
        st.builds(sent, st.just("S"), seconds, ticket_id=st.just("T")),
        st.builds(answered, st.just("S"), seconds, st.integers(0, 10), ticket_id=st.just("T")),
    ),
    max_size=10,
)


@given(events_of_one_ticket)
@example([opened("T", channel="chat"), status("T", 10, "abandoned"), responded("T", 20)])
@example([opened("T", channel="chat"), status("T", 50, "resolved"), responded("T", 20), responded("T", 30)])
@example([opened("T"), status("T", 10, "pending"), status("T", 50, "closed"), responded("T", 20, "customer")])
@settings(max_examples=tries(150))
def test_event_by_event_it_comes_to_the_same_as_at_once(events):
    book = LabelBook(POLICY.labels, 10)
    ticket, added = EMPTY, NOTHING
    for event in decoded(*events):
        new = merge(ticket, lift(event))
        if new is not ticket:
            ticket, added = new, share(new, POLICY, book, added)
            assert added == share(ticket, POLICY, book)
