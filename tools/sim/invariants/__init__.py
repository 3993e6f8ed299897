"""The promises, as code that reads like the list in docs/simulator.md."""
