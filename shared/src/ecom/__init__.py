"""What services share: events, schemas, signed HTTP, errors, JSON, observability. Nothing happens at import."""
