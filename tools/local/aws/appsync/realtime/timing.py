"""The protocol's times and limits. Tests set their own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """AppSync's figures, where they are documented: times in seconds, sizes in bytes."""

    keep_alive: float = 60
    # After this time without a keep-alive, clients regard the connection as dead.
    client_timeout: float = 300
    # AppSync ends every connection after a day.
    lifetime: float = 24 * 3600
    # How long a refused client may take to read the reason and close, and how long a closing socket may take.
    close_timeout: float = 1
    max_subscriptions: int = 100
    max_message: int = 240 * 1024
    # The limit of unread messages. The connection is closed above it.
    max_waiting: int = 1_000
    max_waiting_bytes: int = 4_000_000
