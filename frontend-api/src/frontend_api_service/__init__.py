"""The GraphQL API's own part: telling subscribers what changed."""
