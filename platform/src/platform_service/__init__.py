"""The listener: events of the bus over a WebSocket, for tests."""
