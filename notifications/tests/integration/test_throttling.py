"""A busy or failing table: every operation raises TryAgain, so that the message comes back."""

from collections.abc import Callable

import pytest

from ecom.errors import TryAgain
from ecom_testkit.throttling import FAILURES, FailingClient
from notifications.tests.contract import CLAIM, SENT, UNKNOWN
from notifications_service.repository import MailTable

OPERATIONS: dict[str, Callable[[MailTable], None]] = {
    "claim": lambda mails: mails.claim(CLAIM),
    "claim over an unknown one": lambda mails: mails.claim(CLAIM, over=UNKNOWN),
    "release": lambda mails: mails.release(CLAIM),
    "mark_sent": lambda mails: mails.mark_sent(SENT),
    "mark_unknown": lambda mails: mails.mark_unknown(UNKNOWN),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("code", "status"), FAILURES)
def test_every_operation_is_retried_later(operation: str, code: str, status: int) -> None:
    table = MailTable(FailingClient(code, status), "mails")  # type: ignore[arg-type]  # a client that only fails
    with pytest.raises(TryAgain):
        OPERATIONS[operation](table)
