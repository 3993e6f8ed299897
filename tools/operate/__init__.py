"""For operators: logs, dead letters, mails, and disagreements between services."""
