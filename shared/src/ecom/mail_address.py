"""Which e-mail addresses get mail. *partners* accepts contacts by this rule, *notifications* sends by it. Pure."""

MAX_LENGTH = 320
# A quoted local part, a comment, a display name, a list of addresses, a literal domain: all of them need one of these.
SPECIALS = frozenset(' ,;:<>"()[]\\')


def can_receive_mail(address: str) -> bool:
    """Whether the text is exactly one recipient that SES accepts, and cannot add a header."""
    local, _, domain = address.partition("@")
    # SES accepts ASCII only.
    is_plain = address.isascii() and address.isprintable() and SPECIALS.isdisjoint(address)
    return is_plain and bool(local and domain) and "@" not in domain and len(address) <= MAX_LENGTH
