"""The user pool, its groups, and the event UserCreated."""
