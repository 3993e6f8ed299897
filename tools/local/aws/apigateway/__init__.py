"""API Gateway: REST and WebSocket APIs."""
