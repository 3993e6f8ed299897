"""EventBridge: PutEvents, rules and their targets, archives and bus policies."""
