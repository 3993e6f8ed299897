"""The contract suite of `Mails`, for the fake and the table."""

from dataclasses import replace

import pytest

from ecom_testkit.lambda_events import NOON
from notifications.tests.builders import LATER
from notifications_service.domain import Kind, MailRow, State
from notifications_service.errors import RowChanged
from notifications_service.repository import Mails

CLAIM = MailRow("order-1", Kind.ACCEPTED, State.CLAIMED, "claim-1", NOON, "request-1")
OTHER = replace(CLAIM, claim="claim-2", since=LATER)
SENT = replace(CLAIM, state=State.SENT, since=LATER, message_id="mail-1")
UNKNOWN = replace(CLAIM, state=State.UNKNOWN, since=LATER)


def stored_row(mails: Mails) -> MailRow | None:
    """The stored row, read by claiming the mail; a claim that succeeds is released again."""
    probe = replace(CLAIM, claim="probe")
    try:
        mails.claim(probe)
    except RowChanged as changed:
        return changed.row
    mails.release(probe)
    return None


class MailsContract:
    @pytest.fixture
    def mails(self) -> Mails:
        raise NotImplementedError

    def test_one_attempt_claims_and_others_see_its_row(self, mails: Mails) -> None:
        mails.claim(CLAIM)
        with pytest.raises(RowChanged) as changed:
            mails.claim(OTHER)
        assert changed.value.row == stored_row(mails) == CLAIM

    def test_a_request_that_the_sdk_repeats_is_one_attempt(self, mails: Mails) -> None:
        for _ in range(2):
            mails.claim(CLAIM)
        for _ in range(2):
            mails.mark_unknown(UNKNOWN)
        again = replace(OTHER, since=LATER)
        for _ in range(2):
            mails.claim(again, over=UNKNOWN)
        for _ in range(2):
            mails.mark_sent(replace(SENT, claim=again.claim))
        assert stored_row(mails) == replace(SENT, claim=again.claim)

    def test_each_kind_and_order_has_a_row(self, mails: Mails) -> None:
        mails.claim(CLAIM)
        mails.claim(replace(OTHER, kind=Kind.SHIPPED))
        mails.claim(replace(OTHER, order_id="order-2"))
        assert stored_row(mails) == CLAIM

    def test_a_released_mail_can_be_claimed(self, mails: Mails) -> None:
        mails.claim(CLAIM)
        for _ in range(2):
            mails.release(CLAIM)
        mails.claim(OTHER)
        mails.release(CLAIM)
        assert stored_row(mails) == OTHER

    @pytest.mark.parametrize("end", [SENT, UNKNOWN])
    def test_a_final_row_is_not_released(self, mails: Mails, end: MailRow) -> None:
        mails.claim(CLAIM)
        (mails.mark_sent if end is SENT else mails.mark_unknown)(end)
        mails.release(CLAIM)
        assert stored_row(mails) == end

    def test_an_attempt_cannot_end_the_claim_of_another(self, mails: Mails) -> None:
        with pytest.raises(RowChanged):
            mails.mark_unknown(UNKNOWN)
        mails.claim(OTHER)
        with pytest.raises(RowChanged) as changed:
            mails.mark_unknown(UNKNOWN)
        assert changed.value.row == stored_row(mails) == OTHER

    def test_a_sent_mail_never_becomes_unknown(self, mails: Mails) -> None:
        mails.claim(CLAIM)
        mails.mark_sent(SENT)
        with pytest.raises(RowChanged):
            mails.mark_unknown(UNKNOWN)
        assert stored_row(mails) == SENT

    def test_an_unknown_mail_is_claimed_by_one_attempt(self, mails: Mails) -> None:
        mails.claim(CLAIM)
        mails.mark_unknown(UNKNOWN)
        mails.claim(OTHER, over=UNKNOWN)
        with pytest.raises(RowChanged) as changed:
            mails.claim(replace(OTHER, claim="claim-3"), over=UNKNOWN)
        assert changed.value.row == OTHER

    def test_a_deleted_row_is_not_claimed_over(self, mails: Mails) -> None:
        with pytest.raises(RowChanged) as changed:
            mails.claim(OTHER, over=UNKNOWN)
        assert changed.value.row is None
