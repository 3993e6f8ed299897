"""What services share: events, schemas, DynamoDB, signed HTTP, errors, logs. Importing has no side effects."""
