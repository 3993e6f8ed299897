"""Stream of the table of refunds -> the queue: a message about each new refund, so that it ends without a caller."""

from typing import Any

from ecom.aws import create_during_init
from ecom.observability import describe, logger
from payment_service import bootstrap
from payment_service.refund_messages import message_about

# The caller who stored the refund makes it at once. The message is for a caller who got no answer, or died.
DELAY_SECONDS = 10


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Lambda reads the stream again from the record that failed: a second message about a refund changes nothing."""
    for record in event["Records"]:
        stream = record["dynamodb"]
        try:
            bootstrap.runtime.queue.send(message_about(stream["NewImage"]), DELAY_SECONDS)
        except Exception as error:
            # Any error: the records before this one are not read again because of it.
            logger().error("not sent", extra=describe(error))
            return {"batchItemFailures": [{"itemIdentifier": str(stream["SequenceNumber"])}]}
    return {"batchItemFailures": []}


create_during_init(lambda: bootstrap.runtime.queue)
