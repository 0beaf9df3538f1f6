"""What can go wrong between Deskpulse and a broker."""


class BrokerUnavailable(Exception):  # noqa: N818 - it names a state, and callers read it as one
    """No broker can be had; the text is one line that says why and how to fix it."""
