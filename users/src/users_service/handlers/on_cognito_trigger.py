"""Cognito's triggers -> a message with the user name. Sign-up does not wait for UserCreated.

The user name is not an e-mail address. Personal data is read from the pool when the event is published.
"""

from typing import Any

from ecom import jsons
from ecom.aws import create_during_init
from ecom.tracing import correlation_of
from users_service import bootstrap
from users_service.domain import DELAY_SECONDS, NewUser


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return Cognito's event unchanged: Cognito continues."""
    trigger = event["triggerSource"]
    if trigger in DELAY_SECONDS:
        queue = bootstrap.new_users()
        queue.client.send_message(
            QueueUrl=queue.url,
            MessageBody=jsons.dumps(NewUser(event["userName"], correlation_of(context)).as_message()),
            DelaySeconds=DELAY_SECONDS[trigger],
        )
    return event


create_during_init(bootstrap.new_users)
