"""For tests only: builders of Lambda events, examples of events, fakes, spies, fixtures. Not in any Lambda package."""
