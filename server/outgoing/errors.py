"""Everything that can go wrong with a request to another server. Imports nothing.

OutgoingError
├── Refused                the guard does not let it out
│   ├── RefusedUrl             the URL itself: scheme, credentials, port, form of the host
│   ├── RefusedAddress         the host has an address that is not public
│   └── RefusedHeader          a request header that cannot be sent
├── Unreachable            no name, no connection, no TLS
├── TimedOut               the deadline passed, wherever it was
├── CircuitOpen            it has failed so often that it is not asked at this moment, or has asked for a pause
└── BadAnswer              the other server answered, but not so that the answer can be used
    ├── BadStatus              another status than those wanted
    │   └── Gone               404 or 410: there is nothing any more
    ├── BadRedirect            too many redirects, or one that cannot be followed
    ├── BrokenAnswer           not HTTP, cut short, or in an encoding nobody asked for
    ├── TooLarge               more bytes than allowed
    └── WrongContent           complete, but not what was asked for
"""

# ruff: noqa: N818 - the names say what is wrong; "Error" is kept for the base

from __future__ import annotations


class OutgoingError(Exception):
    """Base of all errors of outgoing requests.

    `message` is a clause about the URL ("its host cannot be resolved"), for whoever sent it: no address, no internals.
    `log_message` is for whoever runs the server.
    """

    def __init__(self, message: str, log_message: str = "") -> None:
        super().__init__(log_message or message)
        self.message = message
        self.log_message = log_message or message


class Refused(OutgoingError):
    """The guard does not let the request out."""


class RefusedUrl(Refused):
    """The URL may not be asked for, whatever its host's addresses are."""


class RefusedAddress(Refused):
    """The host has an address that is not public, and no setting admits it."""


class RefusedHeader(Refused):
    """A request header whose name or value no HTTP message can carry: line breaks, other control characters."""


class Unreachable(OutgoingError):
    """No connection: unknown name, refused or lost connection, failed TLS."""


class TimedOut(OutgoingError):
    """The deadline passed."""


class CircuitOpen(OutgoingError):
    """The origin has failed several times in a row, or has asked for a pause, and is left alone for some seconds."""

    def __init__(self, *, paused: bool = False) -> None:
        super().__init__(
            "its server gets too many requests and has asked for a pause"
            if paused
            else "its server has failed several times in a row and is asked again in some seconds"
        )


class BadAnswer(OutgoingError):
    """The other server answered, but the answer cannot be used."""


class BadStatus(BadAnswer):
    """An HTTP status other than those wanted."""

    def __init__(self, status: int) -> None:
        super().__init__(f"its server answered with status {status}")
        self.status = status


class Gone(BadStatus):
    """404 or 410: the other server says that there is nothing."""


class BadRedirect(BadAnswer):
    """Too many redirects, or one that cannot be followed."""


class BrokenAnswer(BadAnswer):
    """Not HTTP, cut short, or in an encoding that was not asked for."""


class TooLarge(BadAnswer):
    """More bytes than allowed, as sent or decoded."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"it has more than {max_bytes:,} bytes")


class WrongContent(BadAnswer):
    """Complete, but not what was asked for."""
