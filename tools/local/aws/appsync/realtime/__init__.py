"""Subscriptions over AppSync's real-time WebSocket protocol.

`handshake` who connects, `connection` one open socket, `subscribing` one `start` message, `hub` who hears of what,
`messages` the words of the protocol, `endpoint` all of it behind an ASGI application.
"""

from tools.local.aws.appsync.realtime.endpoint import Realtime
from tools.local.aws.appsync.realtime.hub import Hub
from tools.local.aws.appsync.realtime.timing import Timing

__all__ = ["Hub", "Realtime", "Timing"]
