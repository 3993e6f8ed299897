"""What an answer of the mail service means: a yes, a no, or nothing that anybody could rely on."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from ecom.errors import PlatformError
from notifications_service.errors import NotSent, OutcomeUnknown
from notifications_service.mail_text import Mail
from notifications_service.ses import SesMailer

MAIL = Mail("Your order", "Hello", "<p>Hello</p>")
RECIPIENT = "jo@example.com"


class Ses:
    def __init__(self, outcome: Mapping[str, Any] | Exception) -> None:
        self.outcome = outcome
        self.requests: list[dict[str, Any]] = []
        self.closed = 0

    def send_email(self, **request: Any) -> Mapping[str, Any]:
        self.requests.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def close(self) -> None:
        self.closed += 1


def failed(ses: Ses) -> PlatformError:
    with pytest.raises((NotSent, OutcomeUnknown)) as error:
        SesMailer(ses, "orders@shop.example").send(RECIPIENT, MAIL)
    assert ses.closed == len(ses.requests) == 1
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    assert "@" not in error.value.message
    failure: PlatformError = error.value
    return failure


def test_a_mail_is_sent_to_one_recipient_with_both_bodies() -> None:
    ses = Ses({"MessageId": "mail-1"})
    assert SesMailer(ses, "orders@shop.example").send(RECIPIENT, MAIL) == "mail-1"
    assert ses.requests == [
        {
            "FromEmailAddress": "orders@shop.example",
            "Destination": {"ToAddresses": [RECIPIENT]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Your order", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "Hello", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>Hello</p>", "Charset": "UTF-8"},
                    },
                }
            },
        }
    ]


def answer(status: int, code: str) -> ClientError:
    message = f"Email address is not verified: {RECIPIENT}"
    answered: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answered, "SendEmail")


@pytest.mark.parametrize(
    "outcome",
    [
        answer(400, "MessageRejected"),
        answer(403, "AccessDeniedException"),
        answer(429, "TooManyRequestsException"),
        ConnectTimeoutError(endpoint_url="https://ses"),
        EndpointConnectionError(endpoint_url="https://ses"),
    ],
)
def test_a_refusal_means_not_sent(outcome: Exception) -> None:
    assert isinstance(failed(Ses(outcome)), NotSent)


@pytest.mark.parametrize(
    "outcome",
    [
        answer(500, "InternalFailure"),
        answer(503, "ServiceUnavailable"),
        ReadTimeoutError(endpoint_url="https://ses"),
        ConnectionClosedError(endpoint_url="https://ses"),
        HTTPClientError(error=OSError()),
        ValueError(f"an unreadable response about {RECIPIENT}"),
    ],
)
def test_no_answer_means_unknown(outcome: Exception) -> None:
    assert isinstance(failed(Ses(outcome)), OutcomeUnknown)


def test_a_response_without_an_id_means_unknown() -> None:
    assert isinstance(failed(Ses({})), OutcomeUnknown)
