"""The mail service, SES. Only this file knows its words.

It has no idempotency key: a mail that is asked for twice is sent twice. So nobody here asks twice, and an answer is a
yes, a no, or none. Errors name the kind of failure alone, since what SES says names the recipient.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from notifications_service.errors import NotSent, OutcomeUnknown
from notifications_service.mail_text import Mail

CONNECT_SECONDS, READ_SECONDS = 1, 10  # an answer that comes a little late is better than none


class Mailer(Protocol):
    def send(self, recipient: str, mail: Mail) -> str:
        """The mail service's id of the mail. Raises NotSent or OutcomeUnknown."""


class SesClient(Protocol):
    """What we use of boto3's `sesv2`; it must not retry."""

    def send_email(self, **request: Any) -> Mapping[str, Any]: ...
    def close(self) -> None: ...


class SesMailer:
    def __init__(self, client: SesClient, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, recipient: str, mail: Mail) -> str:
        try:
            return self._ask(recipient, mail)
        finally:
            # That an old connection was closed meanwhile is only found out by sending, and then nobody knows.
            self._client.close()

    def _ask(self, recipient: str, mail: Mail) -> str:
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
            raise NotSent(f"the mail service was not reached ({type(error).__name__})") from None
        except ClientError as error:
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            if 400 <= status < 500:
                raise NotSent(f"the mail service refuses ({status} {code})") from None
            raise OutcomeUnknown(f"the mail service failed ({status}): it was sent, or not") from None
        except Exception as error:
            # Whatever it is: the request may have arrived, and what it says may be personal.
            raise OutcomeUnknown(
                f"the mail service did not answer ({type(error).__name__}): it was sent, or not"
            ) from None


def content_of(mail: Mail) -> dict[str, Any]:
    return {"Subject": _utf8(mail.subject), "Body": {"Text": _utf8(mail.text), "Html": _utf8(mail.html)}}


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
