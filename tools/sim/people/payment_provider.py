"""Requests to the payment provider with the secret of the shop, and payments that it declines: a person writes a
failure script for one payment token and one operation."""

from collections.abc import Mapping
from typing import Any

from tools.sim.people.person import Person

PROVIDER_URL = "payment-3p/api/url"
PROVIDER_SECRET = "payment-3p/secret/arn"  # noqa: S105 - the name of a parameter
SECONDS = 3600  # the longest that the provider takes


class ScriptRefused(Exception):
    """The provider refused the failure script, so nothing would be declined."""


def ask_provider(person: Person, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
    """As the shop does. Raises GaveUp when the provider does not answer."""
    parameters = person.world.parameters
    secret = person.world.secrets[parameters[PROVIDER_SECRET]]
    return person.post(parameters[PROVIDER_URL], path, body, {"Authorization": f"Bearer {secret}"})


def decline(person: Person, payment_token: str, operation: str) -> None:
    """Raises GaveUp when the provider does not answer."""
    script = {"behaviour": "DECLINE", "paymentToken": payment_token, "operations": [operation], "seconds": SECONDS}
    status, answer = ask_provider(person, "/scripts", script)
    if status >= 400:
        raise ScriptRefused(f"{status} {answer}")
