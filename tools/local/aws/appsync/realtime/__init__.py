"""Subscriptions over AppSync's real-time WebSocket protocol.

`handshake`: authentication of a connection. `connection`: one open socket. `subscribing`: one `start` message. `hub`:
the delivery of changes. `messages`: the messages of the protocol. `endpoint`: the ASGI application.
"""

from tools.local.aws.appsync.realtime.endpoint import Realtime
from tools.local.aws.appsync.realtime.hub import Hub
from tools.local.aws.appsync.realtime.timing import Timing

__all__ = ["Hub", "Realtime", "Timing"]
