"""CloudWatch Logs: what functions print."""
