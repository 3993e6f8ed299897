"""Orders: accepted once, moved by facts, shown to their owner."""
