"""Which attributes a caller may write, and what a new e-mail address waits for. Pure.

Cognito Developer Guide: *Working with user attributes*, *Verifying updates to email addresses and phone numbers*.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Without WriteAttributes an app client writes all standard attributes but these, which Cognito sets itself.
NOT_BY_DEFAULT = frozenset(("sub", "email_verified", "phone_number_verified", "identities", "updated_at"))
VERIFIED = {"email": "email_verified", "phone_number": "phone_number_verified"}

Attributes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error that Cognito answers."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Update:
    """`now` is written at once, `pending` when the code arrives that is sent to the address; `sent_to` is the name of
    the attribute with that address, None when no code is sent."""

    now: Attributes
    pending: Attributes
    sent_to: str | None


def refusal(
    schema: Sequence[Mapping[str, Any]], written: Collection[str], writable: Collection[str] | None, *, is_new: bool
) -> Refusal | None:
    """The reason why these attributes may not be written. `writable`: the names that the app client may write, None for
    an administrator."""
    known = {attribute["Name"]: attribute for attribute in schema}
    for name in written:
        if name not in known:
            text = f"Attributes did not conform to the schema: Type for attribute {{{name}}} could not be determined"
            return Refusal("InvalidParameterException", text)
        if name == "sub" or not (is_new or known[name].get("Mutable", True)):
            return Refusal("InvalidParameterException", f"Cannot modify the non-mutable attribute {name}")
        if writable is not None and name not in writable:
            return Refusal("NotAuthorizedException", "A client attempted to write unauthorized attribute")
    return None


def writable_by(schema: Sequence[Mapping[str, Any]], listed: Sequence[str]) -> frozenset[str]:
    """What an app client may write. `listed`: its WriteAttributes."""
    names = frozenset(listed) or frozenset(attribute["Name"] for attribute in schema)
    return names - NOT_BY_DEFAULT


def update_by_user(pool: Mapping[str, Any], stored: Attributes, written: Attributes) -> Update:
    """What a user's own update writes at once, and what waits until the address is verified."""
    settings = pool.get("UserAttributeUpdateSettings") or {}
    waiting = settings.get("AttributesRequireVerificationBeforeUpdate") or []
    now, pending, sent_to = dict(written), {}, None
    for name, verified in VERIFIED.items():
        if name not in written or written[name] == stored.get(name):
            continue
        if name in waiting:
            pending[name] = now.pop(name)
        else:
            now[verified] = "false"
        if name in (pool.get("AutoVerifiedAttributes") or []):
            sent_to = name
    return Update(now, pending, sent_to)
