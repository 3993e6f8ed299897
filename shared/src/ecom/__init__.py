"""The library of the services: events, schemas, DynamoDB, signed HTTP, errors, logs. Importing has no side effects."""
