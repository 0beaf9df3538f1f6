"""How many files this process may have open: a connection is one, and the broker's are among them."""

from __future__ import annotations

import resource

# Sockets to brokers, event files, the event loop's own.
OTHERS = 256


def room_for(connections: int) -> int:
    """Have the system allow so many connections; returns for how many there is room, at least 1."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + OTHERS
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return connections
    raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if raised > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return max(1, min(connections, max(raised, soft) - OTHERS))
