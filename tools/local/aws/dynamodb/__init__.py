"""DynamoDB: tables, partitions, pages and streams."""
