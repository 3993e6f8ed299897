"""EventBridge's schema registries."""
