"""User names in a pool that is not case-sensitive (`UsernameConfiguration: {CaseSensitive: false}`)."""

from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import patch, service

Data = dict[str, Any]


@patch
def user_names_ignore_case() -> None:
    """In a pool that is not case-sensitive, `Jo@example.com` and `jo@example.com` are one user, for sign-in and for
    creation. The engine stores the setting and compares case-sensitively. It also walks through the users while other
    requests create and delete some, which raises; here each look-up has the users of one moment."""
    cognito = service("cognito")
    exact: Callable[[Data, str | None], tuple[Any, Any]] = cognito._resolve_user

    def resolve(pool: Data, username: str | None) -> tuple[Any, Any]:
        users = dict(pool["_users"])
        user, error = exact({**pool, "_users": users}, username)
        if user is not None or username is None or not without_case(pool):
            return user, error
        wanted = username.casefold()
        for known in users.values():
            if known["Username"].casefold() == wanted:
                return known, None
            for attribute in known.get("Attributes", ()):
                is_alias = attribute["Name"] in (pool.get("UsernameAttributes") or ())
                if is_alias and str(attribute.get("Value", "")).casefold() == wanted:
                    return known, None
        return user, error

    cognito._resolve_user = resolve


def without_case(pool: Data) -> bool:
    """The setting as a boolean. CloudFormation may pass it as text."""
    setting = (pool.get("UsernameConfiguration") or {}).get("CaseSensitive")
    return str(setting).lower() == "false"
