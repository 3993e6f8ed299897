"""One folder per AWS service: its rules, its data plane, and `engine_*.py`, which touch the engine."""
