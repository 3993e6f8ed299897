"""Sending with SES, which is used in this module only.

SES has no idempotency key: a repeated request sends a second mail. So a request is never repeated here, and its outcome
is sent, not sent, or unknown. Errors name only the kind of failure, since SES's messages name the recipient.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from notifications_service.errors import NotSent, OutcomeUnknown
from notifications_service.mail_text import Mail

CONNECT_SECONDS, READ_SECONDS = 1, 10  # a late answer is better than an unknown outcome


class Mailer(Protocol):
    def send(self, recipient: str, mail: Mail) -> str:
        """SES's id of the mail. Raises NotSent or OutcomeUnknown."""


class SesClient(Protocol):
    """What we use of boto3's `sesv2`, which must not retry."""

    def send_email(self, **request: Any) -> Mapping[str, Any]: ...
    def close(self) -> None: ...


class SesMailer:
    def __init__(self, client: SesClient, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, recipient: str, mail: Mail) -> str:
        try:
            return self._request(recipient, mail)
        finally:
            # If SES closes an idle connection, the next request on it fails with an unknown outcome.
            self._client.close()

    def _request(self, recipient: str, mail: Mail) -> str:
        from botocore.exceptions import (
            ClientError,
            ConnectTimeoutError,
            EndpointConnectionError,
            NoCredentialsError,
            ParamValidationError,
        )

        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [recipient]},
                Content={"Simple": content_of(mail)},
            )
            return str(answer["MessageId"])
        except (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ParamValidationError) as error:
            raise NotSent(f"SES was not reached ({type(error).__name__})") from None
        except ClientError as error:
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            if 400 <= status < 500:
                raise NotSent(f"SES refuses the mail ({status} {code})") from None
            raise OutcomeUnknown(f"SES failed ({status}): whether the mail was sent is unknown") from None
        except Exception as error:
            # Any other failure: the request may have arrived, and the error's message may be personal.
            raise OutcomeUnknown(
                f"SES did not answer ({type(error).__name__}): whether the mail was sent is unknown"
            ) from None


def content_of(mail: Mail) -> dict[str, Any]:
    return {"Subject": _utf8(mail.subject), "Body": {"Text": _utf8(mail.text), "Html": _utf8(mail.html)}}


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
