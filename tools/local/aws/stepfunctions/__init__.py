"""AWS Step Functions: Standard state machines in JSONata. See README.md."""
