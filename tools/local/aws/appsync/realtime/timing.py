"""The protocol's times and bounds, to be given in tests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """AppSync's figures, where it has told them; seconds."""

    keep_alive: float = 60
    # What clients are told: so long without a keep-alive, and the connection is to be taken for dead.
    client_timeout: float = 300
    # AppSync ends every connection after a day.
    lifetime: float = 24 * 3600
    # How long a refused client has to hear why and to leave, and how long a closing socket may take.
    farewell: float = 1
    max_subscriptions: int = 100
    max_message: int = 240 * 1024
    # What may wait for a client that reads slowly; more, and it is closed.
    max_waiting: int = 1_000
    max_waiting_bytes: int = 4_000_000
