"""The event bus of an environment as an operator uses it: its rules, its archive, and events caught from it."""
