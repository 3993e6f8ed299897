"""Looking a user up while other requests create users."""

from types import SimpleNamespace
from typing import Any

import pytest

from tools.local.aws.cognito import engine_user_names

USERS = {
    "1": {"Username": "1", "Attributes": [{"Name": "email", "Value": "jo@example.com"}]},
    "2": {"Username": "2", "Attributes": [{"Name": "email", "Value": "al@example.com"}]},
}


@pytest.fixture
def pool() -> dict[str, Any]:
    setting = {"CaseSensitive": False}
    return {"_users": dict(USERS), "UsernameAttributes": ["email"], "UsernameConfiguration": setting}


class Growing(list[Any]):
    """Attributes. Whenever they are read, another request creates a user."""

    def __init__(self, users: dict[str, Any], attributes: list[Any]) -> None:
        super().__init__(attributes)
        self._users = users

    def __iter__(self) -> Any:
        self._users[f"{len(self._users) + 1}"] = {"Username": "new"}
        return super().__iter__()


@pytest.mark.parametrize("name", ["AL@example.com", "unknown@example.com"])
def test_a_user_is_found_while_others_are_created(
    monkeypatch: pytest.MonkeyPatch, pool: dict[str, Any], name: str
) -> None:
    users = pool["_users"]
    for key, user in list(users.items()):
        users[key] = {**user, "Attributes": Growing(users, user["Attributes"])}

    def exact(pool: dict[str, Any], _name: str) -> tuple[Any, Any]:
        """As the engine's: it walks through the users."""
        for user in pool["_users"].values():
            list(user.get("Attributes", ()))
        return None, "not found"

    cognito = SimpleNamespace(_resolve_user=exact)
    monkeypatch.setattr(engine_user_names, "service", lambda _: cognito)
    engine_user_names.user_names_ignore_case()
    user, error = cognito._resolve_user(pool, name)
    if name.startswith("AL"):
        assert (user["Username"], error) == ("2", None)
    else:
        assert (user, error) == (None, "not found")
