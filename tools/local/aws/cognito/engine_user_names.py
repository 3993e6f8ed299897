"""Names of users in a pool whose names have no case (`UsernameConfiguration: {CaseSensitive: false}`)."""

from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import patch, service

Data = dict[str, Any]


@patch
def names_without_case_are_one_name() -> None:
    """Where a pool is not case-sensitive, `Jo@example.com` and `jo@example.com` are one user, for signing in and for
    making users alike. The engine keeps the setting and compares letters."""
    cognito = service("cognito")
    exact: Callable[[Data, str | None], tuple[Any, Any]] = cognito._resolve_user

    def resolve(pool: Data, username: str | None) -> tuple[Any, Any]:
        user, error = exact(pool, username)
        if user is not None or username is None or not without_case(pool):
            return user, error
        wanted = username.casefold()
        for known in pool["_users"].values():
            if known["Username"].casefold() == wanted:
                return known, None
            for attribute in known.get("Attributes", ()):
                is_alias = attribute["Name"] in (pool.get("UsernameAttributes") or ())
                if is_alias and str(attribute.get("Value", "")).casefold() == wanted:
                    return known, None
        return user, error

    cognito._resolve_user = resolve


def without_case(pool: Data) -> bool:
    """CloudFormation may bring the setting as text."""
    setting = (pool.get("UsernameConfiguration") or {}).get("CaseSensitive")
    return str(setting).lower() == "false"
