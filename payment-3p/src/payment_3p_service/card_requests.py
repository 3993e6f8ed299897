"""Idempotency keys of POST /preauth, whose callers are anonymous: a key counts together with the card. Pure."""

import hmac

from payment_3p_service.repository import Request


def request_of(key: str, card_number: str, amount: int) -> Request:
    """The same for a repeat. With another amount it is another request with that key, with another card another key.

    These callers send no credentials. If the key alone found the stored answer, a stranger who guesses the key would
    get the payment token of the shopper who used it, or could use the key first and so block that shopper. The caller
    alone knows the card number, so both together find the answer. Only their hash is stored: neither the card number
    nor the key, which is the secret of the hash. The hash cannot be reversed as long as the key is random.
    """
    of_card = hmac.digest(key.encode(), card_number.encode(), "sha256").hex()
    # The merchant's keys are in the same table, and contain no space.
    return Request(f"preauth {of_card}", f"/preauth {amount}")
