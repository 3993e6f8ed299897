"""What only tests need: builders of Lambda events, examples of events, fakes, spies, fixtures. Never ships."""
