"""Cognito's triggers -> a note in the queue. Announcing waits for the user to exist; signing up never waits for it.

Only the name is noted, which is no e-mail address: what is personal is read from the pool when it is announced.
"""

from typing import Any

from ecom import jsons
from users_service import bootstrap
from users_service.domain import DELAY_SECONDS, Appeared


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer Cognito's event unchanged, which means: go on."""
    trigger = event["triggerSource"]
    if trigger in DELAY_SECONDS:
        queue = bootstrap.appeared_queue()
        queue.client.send_message(
            QueueUrl=queue.url,
            MessageBody=jsons.dumps(Appeared(event["userName"], str(context.aws_request_id)).as_message()),
            DelaySeconds=DELAY_SECONDS[trigger],
        )
    return event
