"""The promises, as code that reads like the table in docs/simulator.md."""
