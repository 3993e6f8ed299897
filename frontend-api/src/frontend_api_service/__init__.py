"""The GraphQL API, and the function that publishes changes of orders to subscribers."""
