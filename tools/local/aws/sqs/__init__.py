"""SQS: the metrics of queues."""
