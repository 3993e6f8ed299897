"""Who may see a return. Pure."""

from returns_service.domain import Return

STAFF = frozenset(("admin", "warehouse"))


def may_read(shown: Return, user_id: str | None, groups: frozenset[str]) -> bool:
    """Its requester, and staff. Only its requester sees a request that broke a rule."""
    return shown.user_id == user_id or (shown.is_valid and bool(groups & STAFF))
