"""Orders: accepted once, changed by the events of other services, readable by their owner."""
