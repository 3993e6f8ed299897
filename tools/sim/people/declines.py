"""Payments that the provider declines: a person writes a failure script for one payment token and one operation."""

from tools.sim.people.person import Person

PROVIDER_URL = "payment-3p/api/url"
PROVIDER_SECRET = "payment-3p/secret/arn"  # noqa: S105 - the name of a parameter
SECONDS = 3600  # the longest that the provider takes


class ScriptRefused(Exception):
    """The provider refused the failure script, so nothing would be declined."""


def decline(person: Person, payment_token: str, operation: str) -> None:
    """Raises GaveUp when the provider does not answer."""
    parameters = person.world.parameters
    script = {"behaviour": "DECLINE", "paymentToken": payment_token, "operations": [operation], "seconds": SECONDS}
    secret = person.world.secrets[parameters[PROVIDER_SECRET]]
    status, answer = person.post(parameters[PROVIDER_URL], "/scripts", script, {"Authorization": f"Bearer {secret}"})
    if status >= 400:
        raise ScriptRefused(f"{status} {answer}")
