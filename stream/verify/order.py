"""The one order of what happened to a ticket: by time, at one instant by what it is, then by event id.

What starts a wait comes before what ends it: the opening, what customers say, a reopening, what machines say, what
agents say, every other status.
"""

AT_ONCE = """CASE
    WHEN type = 'ticket.opened' THEN 0
    WHEN author = 'customer' THEN 1
    WHEN status = 'reopened' THEN 2
    WHEN author IN ('bot', 'system') THEN 3
    WHEN author = 'agent' THEN 4
    ELSE 5
END"""
# Of a relation that has the column `at_once` with the above, as `admitted` does.
IN_ORDER = "us, at_once, event_id"
